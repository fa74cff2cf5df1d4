import { createLazyRoute, useParams } from "@tanstack/react-router";

import "../ui/mono.css";
import { RunsPage } from "../runs/RunsPage";

function Runs() {
  const { workspace, project } = useParams({ from: "/$workspace/project/$project/runs" });
  return <RunsPage workspace={workspace} project={project.slice(-36)} />;
}

export const Route = createLazyRoute("/$workspace/project/$project/runs")({ component: Runs });
