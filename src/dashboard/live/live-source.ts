import type { Html, Render } from '../view.ts';

/**
 * Something that pages show live: how it is read, and the fragments of the page that it fills. Each fragment says which
 * part of the reading it is made of, so that what did not change is neither rendered nor sent again.
 */
export interface LiveSource<Value> {
  read(): Promise<Value>;
  fragments(value: Value): LiveFragment[];
}

export interface LiveFragment {
  /** Id of the element whose content it is. */
  id: string;
  /** What it is made of, apart from language, zone and the passing of time. Plain JSON. */
  data: unknown;
  render(render: Render): Html;
}
