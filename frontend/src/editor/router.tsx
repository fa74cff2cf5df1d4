// The editors' addresses. Each page is a chunk of its own, so that home does not wait for the notebook's code.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type ErrorComponentProps,
} from "@tanstack/react-router";

import { MissingPage, UnpublishedPage } from "../home/MissingPage";
import { SignInPage } from "../home/SignInPage";
import type { EditorBoot } from "../wire";
import { BrokenPage } from "./BrokenPage";

interface Context {
  readonly boot: EditorBoot;
}

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 10_000 } } });

const root = createRootRouteWithContext<Context>()({
  component: Root,
  errorComponent: Broken,
  notFoundComponent: MissingPage,
});

/** Signed out, every address asks to sign in first and is then loaded again. */
function Root() {
  const { boot } = root.useRouteContext();
  if (boot.unpublished) return <UnpublishedPage />;
  if (!boot.person) {
    const onDone = (): void =>
      location.pathname.startsWith("/sign-in") ? location.assign("/") : location.reload();
    return <SignInPage workspace={boot.workspace_name} ways={boot.sign_in} onDone={onDone} />;
  }
  if (boot.missing) return <MissingPage />;
  return (
    <QueryClientProvider client={queries}>
      <Outlet />
    </QueryClientProvider>
  );
}

function Broken({ error }: ErrorComponentProps) {
  return <BrokenPage error={error} />;
}

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
}).lazy(() => import("./home.lazy").then((module) => module.Route));

/** Somebody who is signed in already has nothing to do there. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./home.lazy"), "Home"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings/$page",
}).lazy(() => import("./settings.lazy").then((module) => module.Route));

const logic = createRoute({
  getParentRoute: () => root,
  path: "/$workspace/project/$project/logic",
}).lazy(() => import("./logic.lazy").then((module) => module.Route));

const versions = createRoute({
  getParentRoute: () => root,
  path: "/$workspace/project/$project/versions",
}).lazy(() => import("./versions.lazy").then((module) => module.Route));

const runs = createRoute({
  getParentRoute: () => root,
  path: "/$workspace/project/$project/runs",
}).lazy(() => import("./runs.lazy").then((module) => module.Route));

const schedules = createRoute({
  getParentRoute: () => root,
  path: "/$workspace/project/$project/schedules",
}).lazy(() => import("./schedules.lazy").then((module) => module.Route));

export function routerOf(boot: EditorBoot) {
  return createRouter({
    routeTree: root.addChildren([home, signIn, settings, logic, versions, runs, schedules]),
    context: { boot },
    defaultPreload: false,
    defaultNotFoundComponent: MissingPage,
    defaultErrorComponent: Broken,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof routerOf>;
  }
}
