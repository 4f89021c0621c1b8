// What stands for node-files.ts in a bundle for browsers, where data sets are fetched by the page that knows where they
// lie. package.json's "browser" says so.
import { DataError } from "../shape/errors.ts";

function refuse(): Promise<never> {
  return Promise.reject(
    new DataError("mnist: data sets lie in folders under Node only, got a browser, expected mnistFromBytes", "mnist"),
  );
}

/** Each of them throws a DataError. */
export const packageFolders: () => Promise<never> = refuse;
export const folderContents: () => Promise<never> = refuse;
export const readIdxFile: () => Promise<never> = refuse;
