import { createLazyRoute, useRouteContext } from "@tanstack/react-router";

import { HomePage } from "../home/HomePage";

export function Home() {
  const { boot } = useRouteContext({ from: "__root__" });
  return boot.person && <HomePage boot={boot} person={boot.person} />;
}

export const Route = createLazyRoute("/")({ component: Home });
