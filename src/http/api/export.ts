import { getLogger } from '@logtape/logtape';
import { Hono } from 'hono';
import { describeRoute, validator } from 'hono-openapi';
import * as z from 'zod';
import { AppError, errorText } from '../../domain/errors.ts';
import { EXPORT_FORMATS, EXPORTS, exportRows } from '../../services/export/export-rows.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeProblem } from '../problem.ts';
import { describeIssue } from './list.ts';

/** Each reads a stretch of the tables; more at once would slow what the service is for. */
const MOST_AT_ONCE = 2;

const MEDIA_TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const;

const since = z.iso.datetime({
  offset: true,
  error: 'is not a time with its offset such as 2026-03-02T10:00:00-03:00',
});
const query = z.strictObject({
  since: since.describe('From when on'),
  until: since.optional().describe('Before when; now at the latest, and by default'),
  format: z.enum(EXPORT_FORMATS).default('ndjson').describe('csv: not for the history'),
});

const log = getLogger(['vigia', 'http']);

/** What is stored between two instants, streamed: of an answer that was begun, the end of the connection is the only fault that can be told. */
export function createExportRoutes({ db, clock }: AppDeps, orgId: string): Hono<AppEnv> {
  let running = 0;

  return new Hono<AppEnv>().get(
    '/:what',
    describeRoute({
      tags: ['api'],
      summary: `${EXPORTS.join(', ')} between two instants; the history is what a backtest reads`,
      security: [{ bearer: [] }],
      responses: {
        200: {
          description: 'Rows, oldest first',
          content: { [MEDIA_TYPES.ndjson]: { schema: {} }, 'text/csv': { schema: {} } },
        },
        400: describeProblem('The stretch of time or the format cannot be read'),
        401: describeProblem('The token is missing or wrong'),
        404: describeProblem('There is no such export'),
        503: describeProblem('Others are being read'),
      },
    }),
    validator('query', query, (result) => {
      if (!result.success) throw new AppError('bad_request', `${describeIssue(result.error[0])}.`);
    }),
    async (c) => {
      const { format, ...asked } = c.req.valid('query');
      const what = EXPORTS.find((name) => name === c.req.param('what'));
      if (what === undefined) {
        throw new AppError('not_found', 'There is no such export.', {
          remedy: `Ask for one of ${EXPORTS.join(', ')}.`,
        });
      }
      if (what === 'history' && format === 'csv') {
        throw new AppError('bad_request', 'The history is NDJSON: its lines are of several kinds.');
      }
      const now = clock.now();
      const range = {
        since: Date.parse(asked.since),
        until: Math.min(now, asked.until === undefined ? now : Date.parse(asked.until)),
      };
      if (running >= MOST_AT_ONCE) {
        throw new AppError('unavailable', `${MOST_AT_ONCE} exports are being read.`, {
          remedy: 'Wait until one of them has ended.',
        });
      }
      running += 1;
      const rows = exportRows(db, orgId, { what, format, range, now });
      const body = toBody(rows, {
        ended: () => {
          running -= 1;
        },
        failed: (error) => {
          log.error('an export was broken off: {error}', { error: errorText(error), requestId: c.get('requestId') });
        },
      });
      return c.body(body, 200, {
        'content-type': MEDIA_TYPES[format],
        'content-disposition': `attachment; filename="${what}.${format}"`,
        'cache-control': 'no-store',
      });
    },
  );
}

/** Reads on when what was read is taken: a slow reader costs a batch of memory. */
function toBody(
  rows: AsyncGenerator<string>,
  { ended, failed }: { ended: () => void; failed: (error: unknown) => void },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await rows.next();
          if (done !== true) {
            controller.enqueue(encoder.encode(value));
            return;
          }
          ended();
          controller.close();
        } catch (error) {
          ended();
          failed(error);
          controller.error(error);
        }
      },
      async cancel() {
        ended();
        await rows.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
