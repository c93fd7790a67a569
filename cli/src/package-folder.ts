/** The folder of the package, which holds package.json and the page: above `dist/`, where this module is, and above `bundle/`. */

export const packageFolder = new URL('../', import.meta.url);
