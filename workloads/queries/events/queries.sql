-- Questions to the table `events`, of our own; each order is total, so that every engine gives the
-- same rows. A moment that is cut to an hour or a day is cut in UTC.

-- q01: all events
SELECT count(*) AS events FROM events;

-- q02: events of a rare kind
SELECT count(*) AS orders FROM events WHERE kind = 'order';

-- q03: sums and means of a few numbers
SELECT sum(items) AS items, avg(seconds_on_page) AS seconds, sum(bytes_sent) AS bytes,
       avg(scroll_share) AS scrolled
FROM events;

-- q04: mean of large numbers
SELECT avg(CAST(trace AS double precision)) AS mean FROM events;

-- q05: distinct users
SELECT count(DISTINCT user_id) AS users FROM events;

-- q06: distinct phrases
SELECT count(DISTINCT search_phrase) AS phrases FROM events;

-- q07: first and last moment
SELECT min(happened_at) AS first, max(received_at) AS last FROM events;

-- q08: events of each kind
-- order: -events, kind
SELECT kind, count(*) AS events FROM events GROUP BY kind ORDER BY events DESC, kind;

-- q09: regions with the most users
-- order: -users, region
SELECT region, count(DISTINCT user_id) AS users
FROM events GROUP BY region ORDER BY users DESC, region LIMIT 10;

-- q10: several totals of each region
-- order: -events, region
SELECT region, sum(items) AS items, count(*) AS events, avg(window_width) AS width,
       count(DISTINCT user_id) AS users
FROM events GROUP BY region ORDER BY events DESC, region LIMIT 10;

-- q11: users of each version of each system
-- order: -users, system, system_version
SELECT system, system_version, count(DISTINCT user_id) AS users
FROM events WHERE is_mobile
GROUP BY system, system_version ORDER BY users DESC, system, system_version LIMIT 10;

-- q12: most frequent phrases
-- order: -events, search_phrase
SELECT search_phrase, count(*) AS events
FROM events WHERE search_phrase IS NOT NULL
GROUP BY search_phrase ORDER BY events DESC, search_phrase LIMIT 10;

-- q13: phrases of the most users
-- order: -users, search_phrase
SELECT search_phrase, count(DISTINCT user_id) AS users
FROM events WHERE search_phrase IS NOT NULL
GROUP BY search_phrase ORDER BY users DESC, search_phrase LIMIT 10;

-- q14: phrases by where visitors came from
-- order: -events, source, search_phrase
SELECT source, search_phrase, count(*) AS events
FROM events WHERE search_phrase IS NOT NULL
GROUP BY source, search_phrase ORDER BY events DESC, source, search_phrase LIMIT 10;

-- q15: busiest users
-- order: -events, user_id
SELECT user_id, count(*) AS events
FROM events GROUP BY user_id ORDER BY events DESC, user_id LIMIT 10;

-- q16: busiest devices and their kinds of event
-- order: -events, device_id, kind
SELECT device_id, kind, count(*) AS events
FROM events GROUP BY device_id, kind ORDER BY events DESC, device_id, kind LIMIT 10;

-- q17: groups nearly as many as rows
-- order: -events, user_id, minute, kind
SELECT user_id, CAST(extract(MINUTE FROM happened_at) AS integer) AS minute, kind,
       count(*) AS events
FROM events GROUP BY user_id, minute, kind
ORDER BY events DESC, user_id, minute, kind LIMIT 10;

-- q18: one user
-- order: event_id
SELECT event_id, happened_at, kind, page
FROM events WHERE user_id = 1 ORDER BY event_id LIMIT 100;

-- q19: pages that contain a text
SELECT count(*) AS events FROM events WHERE page LIKE '%garden/lamps%';

-- q20: phrases on such pages
-- order: -events, search_phrase
SELECT search_phrase, min(page) AS page, count(*) AS events
FROM events WHERE page LIKE '%sale%' AND search_phrase IS NOT NULL
GROUP BY search_phrase ORDER BY events DESC, search_phrase LIMIT 10;

-- q21: titles with one word and without another
-- order: -events, kind
SELECT kind, count(*) AS events, count(DISTINCT session_id) AS sessions
FROM events WHERE title LIKE '%e%' AND page NOT LIKE '%cart%'
GROUP BY kind ORDER BY events DESC, kind;

-- q22: whole rows
-- order: happened_at, event_id
SELECT * FROM events WHERE page LIKE '%tents%' AND kind = 'order'
ORDER BY happened_at, event_id LIMIT 10;

-- q23: first phrases in alphabetical order
-- order: search_phrase, event_id
SELECT search_phrase, event_id
FROM events WHERE search_phrase IS NOT NULL ORDER BY search_phrase, event_id LIMIT 10;

-- q24: mean length of pages by country
-- order: -length, country
SELECT country, avg(length(page)) AS length, count(*) AS events
FROM events GROUP BY country HAVING count(*) > 50 ORDER BY length DESC, country LIMIT 25;

-- q25: many sums of many columns
SELECT {sums} FROM events;

-- q26: several groups and a filter
-- order: -events, browser, browser_version
SELECT browser, browser_version, count(*) AS events,
       sum(CASE WHEN is_reload THEN 1 ELSE 0 END) AS reloads, avg(window_width) AS width
FROM events WHERE NOT is_robot AND status = '200'
GROUP BY browser, browser_version ORDER BY events DESC, browser, browser_version LIMIT 10;

-- q27: longest sessions
-- order: -seconds, session_id
SELECT session_id, count(*) AS events, sum(seconds_on_page) AS seconds
FROM events GROUP BY session_id ORDER BY seconds DESC, session_id LIMIT 10;

-- q28: events and users of each hour
-- order: hour
SELECT date_trunc('hour', happened_at, 'UTC') AS hour, count(*) AS events,
       count(DISTINCT user_id) AS users
FROM events GROUP BY hour ORDER BY hour;

-- q29: errors of each minute of three hours
-- order: minute
SELECT date_trunc('minute', happened_at, 'UTC') AS minute, count(*) AS errors
FROM events
WHERE happened_at >= TIMESTAMPTZ '2025-01-01 00:00+00'
  AND happened_at < TIMESTAMPTZ '2025-01-01 03:00+00' AND kind = 'error'
GROUP BY minute ORDER BY minute;

-- q30: money of each day and currency
-- order: day, currency
SELECT date_trunc('day', happened_at, 'UTC') AS day, currency,
       sum(price_cents * items - coalesce(discount_cents, 0)) AS cents, count(price_cents) AS priced
FROM events WHERE price_cents IS NOT NULL GROUP BY day, currency ORDER BY day, currency;

-- q31: median and 95th percentile by device
-- order: device
SELECT device, percentile_cont(0.5) WITHIN GROUP (ORDER BY total_ms) AS median,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY total_ms) AS p95
FROM events GROUP BY device ORDER BY device;

-- q32: the best page of each country
-- order: country
SELECT country, page, events
FROM (
    SELECT country, page, count(*) AS events,
           row_number() OVER (PARTITION BY country ORDER BY count(*) DESC, page) AS place
    FROM events GROUP BY country, page
) AS ranked
WHERE place = 1 ORDER BY country;

-- q33: sessions that filled a basket, and of these the ones that ordered
-- order: source
SELECT source, count(*) AS baskets, sum(ordered) AS orders
FROM (
    SELECT min(source) AS source,
           max(CASE WHEN kind = 'basket' THEN 1 ELSE 0 END) AS filled,
           max(CASE WHEN kind = 'order' THEN 1 ELSE 0 END) AS ordered
    FROM events GROUP BY session_id
) AS sessions
WHERE filled = 1 GROUP BY source ORDER BY source;

-- q34: events of users who had an error before
-- order: kind
SELECT e.kind AS kind, count(*) AS events
FROM events e
JOIN (
    SELECT user_id, min(event_id) AS first_error
    FROM events WHERE kind = 'error' GROUP BY user_id
) AS troubled ON troubled.user_id = e.user_id AND e.event_id > troubled.first_error
GROUP BY e.kind ORDER BY e.kind;

-- q35: shares of flags by country
-- order: country
SELECT country, avg(CASE WHEN is_app THEN 1.0 ELSE 0.0 END) AS app,
       avg(CASE WHEN is_member AND NOT is_test THEN 1.0 ELSE 0.0 END) AS members,
       avg(CASE WHEN is_slow OR is_cached THEN 1.0 ELSE 0.0 END) AS odd
FROM events GROUP BY country ORDER BY country;

-- q36: pages by a pattern
-- order: -events, start
SELECT split_part(page, '/', 1) AS start, count(*) AS events
FROM events WHERE page ~ '^(shoes|shirts|coats)(/|$)' GROUP BY start ORDER BY events DESC, start;

-- q37: dearest products
-- order: -price_cents, event_id
SELECT event_id, product, price_cents, country
FROM events WHERE price_cents IS NOT NULL ORDER BY price_cents DESC, event_id LIMIT 10;

-- q38: an experiment's effect
-- order: experiment_03, experiment_07
SELECT experiment_03, experiment_07, count(*) AS events, avg(measure_05) AS effect,
       avg(measure_11) AS other
FROM events GROUP BY experiment_03, experiment_07 ORDER BY experiment_03, experiment_07;

-- q39: something of every column
SELECT {highest} FROM events;

-- q40: what is unknown
SELECT {unknown} FROM events;
