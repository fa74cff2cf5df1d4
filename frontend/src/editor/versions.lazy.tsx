import { createLazyRoute, useParams } from "@tanstack/react-router";

import { VersionsPage } from "../publish/VersionsPage";

function Versions() {
  const { workspace, project } = useParams({ from: "/$workspace/project/$project/versions" });
  return <VersionsPage workspace={workspace} project={project.slice(-36)} />;
}

export const Route = createLazyRoute("/$workspace/project/$project/versions")({ component: Versions });
