// What the page of a past run says about it. Pure.

import type { PastRun } from "../wire";

type Told = Pick<PastRun, "status" | "trigger" | "version" | "by" | "inputs" | "message">;

/** Whether it had not ended when the page was made. */
export function goesOnStill({ status }: Pick<PastRun, "status">): boolean {
  return status === "PENDING" || status === "RUNNING";
}

/** "Version 3, run over the API by Bo, with Rows: 5. Some parts failed." */
export function pastText({ status, trigger, version, by, inputs, message }: Told): string {
  const what = version === null ? "A draft" : `Version ${version}`;
  const how = [
    `${what}, ${startedText(trigger)}${by ? ` by ${by}` : ""}`,
    `with ${inputs || "the defaults"}`,
  ];
  return [`${how.join(", ")}.`, outcome(status, message)].filter(Boolean).join(" ");
}

export function startedText(trigger: PastRun["trigger"]): string {
  switch (trigger) {
    case "API":
      return "run over the API";
    case "SCHEDULED":
      return "run on schedule";
    case "REFRESH":
      return "refreshed";
    case "PREVIEW":
      return "run for its preview";
    case "APP":
      return "run in the app";
    default:
      throw new Error(`A trigger of an unknown kind: ${String(trigger satisfies never)}`);
  }
}

function outcome(status: PastRun["status"], message: string): string {
  switch (status) {
    case "ERRORED":
      return "Some parts failed.";
    case "KILLED":
      return message || "It was cut off.";
    case "COMPLETED":
    case "PENDING":
    case "RUNNING":
      return "";
    default:
      throw new Error(`A status of an unknown kind: ${String(status satisfies never)}`);
  }
}
