// A room as React sees it. Updates of an external store are rendered at once, in the task of the message.

import { useSyncExternalStore } from "react";

import type { RoomConnection, RoomState } from "./socket";

export function useRoom(connection: RoomConnection): RoomState {
  return useSyncExternalStore(connection.subscribe, connection.getSnapshot);
}
