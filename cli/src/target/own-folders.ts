/** Our own user's announcement folders, kept clean of what killed processes left there. */

import { announcementFolders } from '@nops/core/protocol/announcement';
import { removeStale } from '@nops/probe/beside/announcements';

/** Removes stale announcements from `extraFolder` and the usual folders of the user that runs nops. */
export function cleanOwnFolders(extraFolder: string | undefined): void {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  const folders = announcementFolders(uid);
  for (const folder of extraFolder === undefined ? folders : [extraFolder, ...folders]) removeStale(folder, uid);
}
