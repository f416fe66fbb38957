import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../database.ts';

export interface DatasetSummary {
  dataset: string;
  /** Never more than the `most` that was asked for: counting a million rows for a screen is not worth it. */
  rows: number;
  /** When its newest row was recorded, epoch ms. */
  lastAt: number;
}

/**
 * The datasets that rules have recorded into, by name. PostgreSQL has no skip scan: the recursive part hops from name to
 * name over dataset_rows_by_time, which also counts.
 */
export async function listDatasets(db: Db, orgId: string, most: number): Promise<DatasetSummary[]> {
  const result = await db.execute(sql`
    with recursive names as (
      (select dataset from dataset_rows where org_id = ${orgId} order by dataset limit 1)
      union all
      select (select d.dataset from dataset_rows d where d.org_id = ${orgId} and d.dataset > names.dataset
              order by d.dataset limit 1)
      from names where names.dataset is not null
    )
    select names.dataset, counted.rows, last.ms as "lastAt"
    from names
    cross join lateral (
      select count(*)::int as rows from (
        select 1 from dataset_rows d where d.org_id = ${orgId} and d.dataset = names.dataset limit ${most}
      ) counted_rows
    ) counted
    cross join lateral (
      select (extract(epoch from d.at) * 1000)::float8 as ms from dataset_rows d
      where d.org_id = ${orgId} and d.dataset = names.dataset order by d.at desc limit 1
    ) last
    where names.dataset is not null order by names.dataset`);
  return rowsOf<DatasetSummary>(result);
}
