// The entry of the editors' pages: home, the logic view, signing in.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "@tanstack/react-router";

import "../ui/base.css";
import { setToken } from "../net/api";
import { readBoot } from "./boot";
import { BrokenPage } from "./BrokenPage";
import { routerOf } from "./router";

const root = document.getElementById("root");
if (root) {
  const boot = readBoot(document);
  if (boot) setToken(boot.csrf);
  createRoot(root).render(
    <StrictMode>
      {boot ? (
        <RouterProvider router={routerOf(boot)} />
      ) : (
        <BrokenPage error={new Error("The server sent this page without its first data.")} />
      )}
    </StrictMode>,
  );
}
