import { createLazyRoute, useParams, useRouteContext } from "@tanstack/react-router";

import { SettingsPage } from "../admin/SettingsPage";

function Settings() {
  const { boot } = useRouteContext({ from: "__root__" });
  const { page } = useParams({ from: "/settings/$page" });
  return boot.person && <SettingsPage boot={boot} person={boot.person} page={page} />;
}

export const Route = createLazyRoute("/settings/$page")({ component: Settings });
