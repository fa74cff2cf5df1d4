import { createLazyRoute, useParams } from "@tanstack/react-router";

import { SchedulesPage } from "../schedules/SchedulesPage";

function Schedules() {
  const { workspace, project } = useParams({ from: "/$workspace/project/$project/schedules" });
  return <SchedulesPage workspace={workspace} project={project.slice(-36)} />;
}

export const Route = createLazyRoute("/$workspace/project/$project/schedules")({ component: Schedules });
