// Sending a file to a session, with progress. `fetch` cannot tell how much of a body has gone, so this is the older way.
//
// Promises: resolves with what an input takes as its value; every failure is an ApiError with a sentence.

import { ApiError, credentials, errorFrom, token } from "./api";
import type { FileBody } from "../wire";

export interface UploadTo {
  readonly project: string;
  readonly session: string;
}

/** `progress` hears the share that has gone, 0…1. */
export function upload(
  to: UploadTo,
  file: File,
  progress: (share: number) => void,
  signal?: AbortSignal,
): Promise<FileBody> {
  const query = new URLSearchParams({ session: to.session, name: file.name });
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", `/api/v1/projects/${encodeURIComponent(to.project)}/files?${query.toString()}`);
    call.setRequestHeader("Accept", "application/json");
    call.setRequestHeader("Content-Type", "application/octet-stream");
    call.setRequestHeader("X-CSRF-Token", token());
    for (const [name, value] of Object.entries(credentials())) call.setRequestHeader(name, value);
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    call.addEventListener("load", () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText) as FileBody);
      else reject(errorFrom(call.status, call.responseText));
    });
    call.addEventListener("error", () =>
      reject(
        new ApiError(0, "UNREACHABLE", `${file.name} did not arrive: the connection was lost.`, "Try again."),
      ),
    );
    call.addEventListener("abort", () => reject(new DOMException("The upload was cancelled.", "AbortError")));
    signal?.addEventListener("abort", () => call.abort());
    call.send(file);
  });
}
