import { createLazyRoute, useParams } from "@tanstack/react-router";

import "../ui/mono.css";
import { LogicPage } from "../logic/LogicPage";

function Logic() {
  const { workspace, project } = useParams({ from: "/$workspace/project/$project/logic" });
  return <LogicPage workspace={workspace} project={project.slice(-36)} />;
}

export const Route = createLazyRoute("/$workspace/project/$project/logic")({ component: Logic });
