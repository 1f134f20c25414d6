-- Currencies, countries and ids.
\ir tap.psql
BEGIN;
SELECT no_plan();
SELECT cmp_ok((SELECT count(*) FROM base.currency), '>', 150::bigint, 'the currencies of the world');
SELECT results_eq($$ SELECT exponent::int FROM base.currency WHERE code IN ('JPY', 'EUR', 'KWD', 'BHD', 'CLF', 'ISK') ORDER BY code $$,
    ARRAY[3, 4, 2, 0, 0, 3], 'each with its own exponent');
SELECT is((SELECT string_agg(code, ' ' ORDER BY code) FROM base.currency WHERE exponent = 0), 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 'those without minor units');
SELECT is((SELECT string_agg(code, ' ' ORDER BY code) FROM base.currency WHERE exponent = 3), 'BHD IQD JOD KWD LYD OMR TND', 'those of thousandths');
SELECT is((SELECT count(*) FROM base.country), 249::bigint, 'the countries of ISO 3166-1');
SELECT is((SELECT count(*) FROM base.country WHERE eu), 27::bigint, 'members of the European Union');
SELECT is((SELECT count(DISTINCT i) FROM (SELECT base.new_id() AS i FROM generate_series(1, 1000)) x), 1000::bigint, 'ids differ');
SELECT ok(bool_and(substr(i::text, 15, 1) = '7' AND substr(i::text, 20, 1) IN ('8', '9', 'a', 'b')), 'and are of version 7') FROM (SELECT base.new_id() AS i FROM generate_series(1, 100)) x;
SELECT cmp_ok(abs(extract(epoch FROM clock_timestamp()) * 1000 - ('x' || substr(replace(base.new_id()::text, '-', ''), 1, 12))::bit(48)::bigint), '<', 1000::numeric, 'made now');
SELECT * FROM finish();
ROLLBACK;
