import { scheduleTiming } from '@reelsync/core';
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';

const SECOND_MS = 1000;
/** Timers of the queue do not reach further. */
const MAX_INTERVAL_MS = 24 * 24 * 3_600_000;

/** What a schedule has to be, for messages. */
export const SCHEDULE = 'off, an interval (90s, 15m, 2h, 1d) or a cron expression with five or six fields';

/** `off`, an interval or a cron expression; see `scheduleTiming`. Checked by the parser that the queue uses itself. */
export function schedule() {
  return z.string().refine(isSchedule);
}

export function timeZone() {
  return z.string().refine((name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  });
}

function isSchedule(text: string): boolean {
  const timing = scheduleTiming(text);
  switch (timing.kind) {
    case 'off':
      return true;
    case 'every':
      return timing.everyMs >= SECOND_MS && timing.everyMs <= MAX_INTERVAL_MS;
    case 'cron':
      return isCron(timing.pattern);
  }
}

/** The parser takes shorter ones too and fills them up; that is more likely a mistake. */
function isCron(pattern: string): boolean {
  const fields = pattern.split(' ').length;
  if (fields !== 5 && fields !== 6) return false;
  try {
    CronExpressionParser.parse(pattern).next();
    return true;
  } catch {
    return false;
  }
}
