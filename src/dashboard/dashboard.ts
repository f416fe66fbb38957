import { getLogger } from '@logtape/logtape';
import { type Context, type Env, Hono } from 'hono';
import { html } from 'hono/html';
import { AppError, errorText } from '../domain/errors.ts';
import { createAssetRoutes } from './asset-routes.ts';
import type { DashboardDeps } from './deps.ts';
import { fill } from './i18n/words.ts';
import { layout, type PageParts } from './layout.ts';
import { createLive } from './live/live.ts';
import { alertRow } from './pages/board/alerts-panel.ts';
import { parseBoardFilter, withFilter } from './pages/board/board-filter.ts';
import { boardPage, boardSource } from './pages/board/board-page.ts';
import { groupRow } from './pages/board/group-row.ts';
import { chatPage, chatSource } from './pages/chat/chat-page.ts';
import { decisionPage } from './pages/chat/decision-page.ts';
import { formatPlace, parsePlace } from './pages/chat/timeline-place.ts';
import { traceTree } from './pages/chat/trace-tree.ts';
import { errorPage } from './pages/error-page.ts';
import { loginPage } from './pages/login-page.ts';
import { rulesPage, rulesSource } from './pages/rules/rules-page.ts';
import { vocabularyPage, vocabularyRow, vocabularySource } from './pages/vocabulary/vocabulary-page.ts';
import { parseQuestion, whyPath } from './pages/why/question.ts';
import { whyPage } from './pages/why/why-page.ts';
import { chatPath } from './parts/chat-link.ts';
import { mutesNotice, withMutes } from './parts/mutes.ts';
import { chooseView, chosenTheme } from './preferences.ts';
import type { Html, Render } from './view.ts';

/**
 * The pages: board, chat, decision, rules, vocabulary, login, and the streams that keep them current. Mounted behind a login by
 * whoever has one (see http/create-app.ts), which leaves in `actor` who asks. Pages hold no inline script and no inline
 * style, and every value in them is escaped.
 */
const log = getLogger(['vigia', 'dashboard']);

const HTML_HEADERS = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };

export function createDashboard(deps: DashboardDeps): Hono {
  const { clock } = deps;
  const assets = createAssetRoutes(deps.assets);
  const live = createLive(deps);
  const app = new Hono();

  const renderOf = (c: Context): Render => {
    const view = chooseView(c);
    return { view, words: view.words, now: clock.now() };
  };

  async function respond(
    c: Context,
    render: Render,
    page: Omit<PageParts, 'here' | 'theme' | 'mutes'>,
    status: PageStatus = 200,
  ) {
    // Nobody who has not logged in reads why something was paused, and an error's page asks no database.
    const isOpen = page.bare === true || status !== 200;
    const mutes = isOpen ? {} : { mutes: mutesNotice(render, await deps.mutes()) };
    const here = new URL(c.req.url);
    here.searchParams.delete('lang');
    const document = layout(render, assets.href, {
      ...page,
      ...mutes,
      here,
      theme: chosenTheme(c),
      canLogOut: actorOf(c) === 'board',
      timeScale: deps.timeScale ?? 1,
    });
    return c.body(String(document), status, { ...HTML_HEADERS, 'content-language': render.words.lang });
  }

  function respondFragment(c: Context, fragment: Html) {
    return c.body(String(fragment), 200, HTML_HEADERS);
  }

  app.route('/', assets.routes);

  app.get('/', async (c) => {
    const render = renderOf(c);
    const filter = parseBoardFilter(c.req.query());
    const source = boardSource(deps, filter);
    const fragments = source.fragments(await source.read());
    return respond(c, render, {
      title: render.words.title,
      current: 'board',
      content: boardPage(render, fragments),
      live: withFilter('/live', filter),
    });
  });

  app.get('/live', (c) => {
    const filter = parseBoardFilter(c.req.query());
    return live.respond(c, chooseView(c), withFilter('/live', filter), withMutes(deps, boardSource(deps, filter)));
  });

  app.get('/sessions/:id', async (c) => {
    const render = renderOf(c);
    const id = getId(c);
    const after = parsePlace(c.req.query('after'));
    const source = chatSource(deps, id, after);
    const fragments = source.fragments(await source.read());
    return respond(c, render, {
      title: fill(render.words.chatPage.title, id),
      content: chatPage(render, id, fragments),
      live: `${chatPath(id)}/live${after === undefined ? '' : `?after=${encodeURIComponent(formatPlace(after))}`}`,
    });
  });

  app.get('/sessions/:id/live', async (c) => {
    const id = getId(c);
    const after = parsePlace(c.req.query('after'));
    const key = JSON.stringify(['chat', id, after ?? null]);
    return live.respond(c, chooseView(c), key, withMutes(deps, chatSource(deps, id, after)));
  });

  app.get('/sessions/:id/why', async (c) => {
    const render = renderOf(c);
    const chatId = getId(c);
    const { question, badMoment } = parseQuestion(c.req.query(), { now: render.now, zone: render.view.zone });
    const view = await deps.why(chatId, question);
    if (view === undefined) throw new AppError('not_found', `there is no chat ${chatId}`);
    const content = whyPage(render, view, { chatId, question, badMoment });
    return respond(c, render, { title: fill(render.words.why.title, chatId), content });
  });

  /** From the page of the rules, where the chat is typed in. */
  app.get('/why', (c) => {
    const { chat = '', rule = '' } = c.req.query();
    const id = chat.trim();
    if (id === '' || id.includes('\0')) throw new AppError('not_found', 'there is no chat without an id');
    return c.redirect(whyPath(id, { ruleId: rule }), 303);
  });

  app.get('/rules', async (c) => {
    const render = renderOf(c);
    const source = rulesSource(deps);
    const fragments = source.fragments(await source.read());
    return respond(c, render, {
      title: render.words.rulesPage.title,
      current: 'rules',
      content: rulesPage(render, fragments),
      live: '/rules/live',
    });
  });

  app.get('/rules/live', (c) => live.respond(c, chooseView(c), 'rules', withMutes(deps, rulesSource(deps))));

  app.get('/vocabulary', async (c) => {
    const render = renderOf(c);
    const source = vocabularySource(deps);
    const fragments = source.fragments(await source.read());
    const content = vocabularyPage(render, fragments);
    return respond(c, render, { title: render.words.vocabulary.title, content, live: '/vocabulary/live' });
  });

  app.get('/vocabulary/live', (c) =>
    live.respond(c, chooseView(c), 'vocabulary', withMutes(deps, vocabularySource(deps))),
  );

  /** Answers the entry's row to htmx; a form without scripts is led back to the page. */
  app.post('/vocabulary/accept', async (c) => {
    const { field = '', value = '' } = c.req.query();
    if (`${field}${value}`.includes('\0')) throw new AppError('not_found', 'there is no such entry');
    const item = await deps.accept({ field, value }, actorOf(c) ?? 'board');
    deps.hub.changed();
    if (c.req.header('hx-request') === undefined) return c.redirect('/vocabulary', 303);
    return respondFragment(c, vocabularyRow(renderOf(c), item));
  });

  app.get('/decisions/:id', async (c) => {
    const render = renderOf(c);
    const decision = await getDecision(c.req.param('id'));
    const { rules } = await deps.rules();
    const ruleName = rules.find(({ rule }) => rule.id === decision.ruleId)?.rule.name ?? decision.ruleId;
    const title = fill(render.words.decisionPage.title, String(decision.id));
    return respond(c, render, { title, content: decisionPage(render, decision, ruleName) });
  });

  app.get('/decisions/:id/trace', async (c) => {
    const { words } = chooseView(c);
    return respondFragment(c, traceTree(words, (await getDecision(c.req.param('id'))).trace));
  });

  async function getDecision(id: string) {
    const decision = /^\d{1,15}$/.test(id) ? await deps.decision(Number(id)) : undefined;
    if (decision === undefined) throw new AppError('not_found', `there is no decision ${id}`);
    return decision;
  }

  /** Answers the alert's row to htmx; a form without scripts is led back to the board. */
  app.post('/alerts/:id/acknowledge', async (c) => {
    const id = getId(c);
    await deps.acknowledge(id, actorOf(c) ?? 'board');
    deps.hub.changed();
    if (c.req.header('hx-request') === undefined) return c.redirect('/', 303);
    const alert = await deps.alert(id);
    if (alert === undefined) throw new AppError('not_found', `there is no alert ${id}`);
    return respondFragment(c, alertRow(renderOf(c), alert));
  });

  /** Answers what is still held back to htmx; a form without scripts is led back to the board. */
  app.post('/pauses/:id/lift', async (c) => {
    await deps.liftPause(getId(c), actorOf(c) ?? 'board');
    deps.hub.changed();
    if (c.req.header('hx-request') === undefined) return c.redirect('/', 303);
    return respondFragment(c, mutesNotice(renderOf(c), await deps.mutes()));
  });

  /** The same for all alerts of a group. One whose alerts were all resolved meanwhile has no row any more. */
  app.post('/groups/:id/acknowledge', async (c) => {
    const id = getId(c);
    await deps.acknowledgeGroup(id, actorOf(c) ?? 'board');
    deps.hub.changed();
    if (c.req.header('hx-request') === undefined) return c.redirect('/', 303);
    const group = await deps.group(id);
    return respondFragment(c, group === undefined ? html`` : groupRow(renderOf(c), group));
  });

  app.get('/login', (c) => {
    const render = renderOf(c);
    const page = { failed: c.req.query('failed') !== undefined, next: c.req.query('next') ?? '/' };
    return respond(c, render, { title: render.words.login.title, content: loginPage(render, page), bare: true });
  });

  /** Pages that are not there; what asks for no page gets the answer of whoever mounted this. */
  app.get('*', (c, next) => (wantsPage(c) ? respondError(c, new AppError('not_found', 'no page')) : next()));

  app.onError((error, c) => {
    const known = error instanceof AppError ? error : new AppError('internal', 'broken', { cause: error });
    if (statusOf(known) >= 500) log.error('page failed: {error}', { error: errorText(error) });
    return wantsPage(c) ? respondError(c, known) : c.text(known.message, statusOf(known));
  });

  function respondError(c: Context, error: AppError) {
    const render = renderOf(c);
    const { errors } = render.words;
    const status = statusOf(error);
    const requestId: unknown = c.get('requestId');
    const parts =
      status === 404
        ? { title: errors.not_found, text: notFoundText(c, render) }
        : status === 503
          ? { title: errors.unavailable, text: errors.unavailableText }
          : status === 500
            ? { title: errors.internal, text: errors.internalText }
            : { title: error.message, text: error.remedy ?? '' };
    const content = errorPage(render, {
      ...parts,
      requestId: typeof requestId === 'string' && status >= 500 ? requestId : undefined,
    });
    return respond(c, render, { title: parts.title, content }, status);
  }

  return app;
}

type PageStatus = 200 | 400 | 403 | 404 | 409 | 500 | 503;

function statusOf({ code }: AppError): PageStatus {
  if (code === 'not_found') return 404;
  if (code === 'conflict') return 409;
  if (code === 'forbidden') return 403;
  if (code === 'bad_request') return 400;
  return code === 'unavailable' || code === 'not_configured' ? 503 : 500;
}

/** The id in the address. PostgreSQL's texts hold no NUL: nothing has such an id, and asking for it would be an error. */
function getId(c: Context<Env, '/:id'>): string {
  const id = c.req.param('id');
  if (id.includes('\0')) throw new AppError('not_found', 'there is nothing with this id');
  return id;
}

function notFoundText(c: Context, { words }: Render): string {
  if (c.req.path.startsWith('/sessions/') || c.req.path === '/why') return words.errors.noChat;
  return c.req.path.startsWith('/decisions/') ? words.errors.noDecision : words.errors.noPage;
}

/** Who asks, as the login found out; undefined where nobody looked. */
function actorOf(c: Context): string | undefined {
  const actor: unknown = c.get('actor');
  return typeof actor === 'string' ? actor : undefined;
}

function wantsPage(c: Context): boolean {
  const isStream = c.req.path === '/live' || c.req.path.endsWith('/live');
  return !isStream && c.req.header('hx-request') === undefined && (c.req.header('accept') ?? '').includes('text/html');
}
