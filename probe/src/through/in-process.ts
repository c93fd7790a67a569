/** The inspector of the process we are in, talked to from a worker thread: no port, no signal. */

import { type InspectorNotification, Session } from 'node:inspector';
import type { InspectorChannel } from './inspector-channel.js';

/**
 * Connects to the main thread. While a session is connected Node waits for it when the process ends by itself, and says so on
 * standard error: close it before that. The caller must hold the worker's event loop open: a pending answer does not.
 */
export function connectInProcess(): InspectorChannel {
  const session = new Session();
  session.connectToMainThread();
  return {
    post: <Answer>(method: string, params?: object) =>
      new Promise<Answer>((resolve, reject) => {
        session.post(method, params, (error, answer) => {
          if (error === null) resolve(answer as Answer);
          else reject(new Error(`${method}: ${error.message}`));
        });
      }),
    on: <Params>(method: string, listener: (params: Params) => void) => {
      const forward = (message: InspectorNotification<object>) => listener(message.params as Params);
      session.on(method, forward);
      return () => session.off(method, forward);
    },
    close: () => session.disconnect(),
  };
}
