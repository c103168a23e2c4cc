// Resumable uploads to our own server: how large the pieces are, what is tried again, where one goes on.
import { Upload } from "tus-js-client";
import { csrfToken } from "./http.js";

const CHUNK_BYTES = 8 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000, 60000];
const NO_ROOM = 507; // waiting does not make room on the server's disk

/** An upload that is not yet begun; `onPause` is told when the network is away. */
export function newUpload(file, endpoint, { onProgress, onPause, onSuccess, onError }) {
  return new Upload(file, {
    endpoint,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, filetype: file.type },
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    onProgress,
    onShouldRetry(error) {
      const status = error.originalResponse?.getStatus() ?? 0;
      const again = status === 0 || status === 409 || status === 423 || (status >= 500 && status !== NO_ROOM);
      if (again) onPause?.();
      return again;
    },
    onSuccess,
    onError,
  });
}

/** Begin, or go on where an earlier page or a broken connection has left off. */
export async function begin(upload) {
  const [earlier] = await upload.findPreviousUploads();
  if (earlier && !upload.url) upload.resumeFromPreviousUpload(earlier);
  upload.start();
}

/** What the server calls a finished upload. */
export function tokenOf(upload) {
  return upload.url.split("/").pop();
}

/** The sentence of the server inside tus-js-client's error, else the error's own words. */
export function reasonOf(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).message;
  } catch {
    return error.message;
  }
}

/** Send one file and give its token; `onProgress` gets the share that has arrived. */
export function sendFile(file, endpoint, onProgress, onPause) {
  return new Promise((resolve, reject) => {
    const upload = newUpload(file, endpoint, {
      onProgress: (sent, total) => onProgress(total ? sent / total : 0),
      onPause,
      onSuccess: () => resolve(tokenOf(upload)),
      onError: (error) => reject(new Error(reasonOf(error))),
    });
    begin(upload);
  });
}
