// The MIME types that the pages know by name.

export const TABLE = "application/vnd.vernissage.table+json";
export const VALUE = "application/vnd.vernissage.value+json";
export const OPTIONS = "application/vnd.vernissage.options+json";
export const CHARTS: readonly string[] = [
  "application/vnd.vegalite.v6+json",
  "application/vnd.vegalite.v5+json",
];
export const IMAGES: readonly string[] = [
  "image/svg+xml",
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
];
