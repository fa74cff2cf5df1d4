// The entry of the page that describes the API, `/api/docs`: it shows what `/api/openapi.json` says, to everybody.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "../ui/base.css";
import "../ui/mono.css";
import { DocsPage } from "./DocsPage";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <DocsPage />
    </StrictMode>,
  );
}
