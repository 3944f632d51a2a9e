-- What stock lists and catalogues write. Levels are staged, planned and applied by the same statements
-- whether a list says them, or a catalogue tells a product that lines wait for. Names without a schema
-- find a preview's temporary tables before the real ones.

-- name: prepare_levels
CREATE TEMP TABLE IF NOT EXISTS staged_level (
    link_id bigint NOT NULL, venue_id bigint NOT NULL, ref text NOT NULL, available integer NOT NULL,
    price numeric(10, 2), snapshot_at timestamptz NOT NULL, counting text NOT NULL,
    product_id bigint, offer_id bigint, stock_id bigint, settled boolean,
    answered_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (link_id, ref)
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS planned_level (
    link_id bigint NOT NULL, venue_id bigint NOT NULL, ref text NOT NULL, action text NOT NULL, reason text,
    product_id bigint, offer_id bigint, stock_id bigint, own jsonb, available integer NOT NULL,
    said numeric(10, 2), price numeric(10, 2), price_proposed numeric(10, 2), price_sentence text NOT NULL,
    priced_by_product boolean NOT NULL, price_deferred boolean NOT NULL, new_price numeric(10, 2),
    snapshot_at timestamptz NOT NULL, answered_at timestamptz NOT NULL, counting text NOT NULL, held_reason text,
    offer_changed boolean NOT NULL, rewritten boolean NOT NULL, ours boolean NOT NULL, known boolean NOT NULL,
    repeated boolean NOT NULL, settled boolean NOT NULL, waited boolean NOT NULL
) ON COMMIT DELETE ROWS;
CREATE INDEX IF NOT EXISTS planned_level_of_product ON planned_level (product_id, venue_id);

-- name: prepare_products
CREATE TEMP TABLE IF NOT EXISTS staged_product (
    ref text NOT NULL, ean text PRIMARY KEY, record jsonb NOT NULL, only_fields text[], order_key text
) ON COMMIT DELETE ROWS;

-- name: prepare_listed
CREATE TEMP TABLE IF NOT EXISTS listed (ref text PRIMARY KEY) ON COMMIT DELETE ROWS;

-- name: prepare_preview
CREATE TEMP TABLE list_page (LIKE public.list_page INCLUDING ALL);
CREATE TEMP TABLE stock_list (LIKE public.stock_list INCLUDING ALL);
CREATE TEMP TABLE line_to_read (LIKE public.line_to_read INCLUDING ALL);
CREATE TEMP TABLE quarantine (LIKE public.quarantine INCLUDING ALL EXCLUDING IDENTITY);
ALTER TABLE quarantine ALTER COLUMN id SET DEFAULT nextval('previewed');

-- name: prepare_preview_of_products
-- A catalogue's preview writes products too; of a page at a time it copies what that page touches.
CREATE TEMP TABLE product (LIKE public.product INCLUDING ALL EXCLUDING IDENTITY);
CREATE TEMP TABLE product_source (LIKE public.product_source INCLUDING ALL);
ALTER TABLE product ALTER COLUMN id SET DEFAULT nextval('previewed');

-- name: eans_of_refs
SELECT product.ean FROM public.product_source AS source JOIN public.product ON product.id = source.product_id
WHERE source.link_id = %(link)s AND source.ref = ANY (%(refs)s);

-- name: copy_products
INSERT INTO product (id, ean, record) SELECT id, ean, record FROM public.product WHERE ean = ANY (%(eans)s)
ON CONFLICT DO NOTHING;

-- name: copy_product_sources
INSERT INTO product_source
SELECT source.* FROM product JOIN public.product_source AS source ON source.product_id = product.id
WHERE product.ean = ANY (%(eans)s) ON CONFLICT DO NOTHING;

-- name: copy_offers_of_products
INSERT INTO offer SELECT offer.* FROM product JOIN public.offer AS offer ON offer.product_id = product.id
WHERE product.ean = ANY (%(eans)s) ON CONFLICT DO NOTHING;

-- name: copy_stocks_of_products
INSERT INTO stock
SELECT stock.* FROM product JOIN offer ON offer.product_id = product.id JOIN public.stock AS stock ON stock.offer_id = offer.id
WHERE product.ean = ANY (%(eans)s) ON CONFLICT DO NOTHING;

-- name: copy_lines_of_products
INSERT INTO source_item SELECT * FROM public.source_item WHERE kind = 'level' AND ref = ANY (%(eans)s)
ON CONFLICT DO NOTHING;

-- name: copy_list_pages
INSERT INTO list_page SELECT * FROM public.list_page WHERE link_id = %(link)s;

-- name: copy_stock_list
INSERT INTO stock_list SELECT * FROM public.stock_list WHERE link_id = %(link)s;

-- name: copy_lines_to_read
INSERT INTO line_to_read SELECT * FROM public.line_to_read WHERE link_id = %(link)s;

-- name: copy_quarantine
INSERT INTO quarantine SELECT * FROM public.quarantine WHERE link_id = %(link)s;

-- name: digests
-- What a list's next pages were when they were last read.
SELECT place, digest, size FROM list_page
WHERE link_id = %(link)s AND place >= %(place)s AND place < %(place)s + %(pages)s;

-- name: page_lines
SELECT place, size, refs, base, patch FROM list_page
WHERE link_id = %(link)s AND place >= %(place)s AND place < %(place)s + %(pages)s;

-- name: lines_to_read
SELECT ref, place FROM line_to_read WHERE link_id = %(link)s;

-- name: find_settled
-- The lines of which their link sells copies already: only these copies change, unless the plan says otherwise.
UPDATE staged_level AS s SET (product_id, offer_id, stock_id, settled) = (
    SELECT product.id, offer.id, stock.id, true FROM product
    JOIN offer ON offer.venue_id = s.venue_id AND offer.product_id = product.id
    JOIN stock ON stock.offer_id = offer.id AND stock.ref = 'copies'
    WHERE product.ean = s.ref AND offer.link_id = s.link_id AND offer.active AND offer.held_reason IS NULL
      AND offer.deleted_at IS NULL AND stock.active);

-- name: unsettled
SELECT FROM staged_level WHERE settled IS NOT TRUE LIMIT 1;

-- name: lock_products
-- The locks of a page of levels, in the one order that everybody keeps: products by EAN, offers, stocks.
SELECT count(*) FROM (SELECT ref FROM staged_level WHERE settled IS NOT TRUE ORDER BY ref) AS s
CROSS JOIN LATERAL (SELECT id FROM product WHERE ean = s.ref FOR SHARE) AS locked;

-- name: find_copies
UPDATE staged_level AS s SET (product_id, offer_id, stock_id) = (
    SELECT product.id, offer.id, stock.id FROM product
    LEFT JOIN offer ON offer.venue_id = s.venue_id AND offer.product_id = product.id
    LEFT JOIN stock ON stock.offer_id = offer.id AND stock.ref = 'copies'
    WHERE product.ean = s.ref)
WHERE s.settled IS NOT TRUE;

-- name: lock_offers
SELECT count(*)
FROM (
    SELECT DISTINCT offer_id AS id FROM staged_level WHERE offer_id IS NOT NULL AND settled IS NOT TRUE ORDER BY id
) AS s
CROSS JOIN LATERAL (SELECT FROM offer WHERE offer.id = s.id FOR NO KEY UPDATE) AS locked;

-- name: lock_stocks
SELECT count(*) FROM (SELECT DISTINCT stock_id AS id FROM staged_level WHERE stock_id IS NOT NULL ORDER BY id) AS s
CROSS JOIN LATERAL (SELECT FROM stock WHERE stock.id = s.id FOR NO KEY UPDATE) AS locked;

-- name: plan_levels
-- Says of each staged level what would become of it. A price of zero, or ten times the known one or a
-- tenth of it, is held back; one that readers see waits for the guard at the end of the reading.
INSERT INTO planned_level
SELECT link_id, venue_id, ref,
    CASE WHEN title IS NULL OR refused IS NOT NULL THEN 'wait'
         WHEN offer_id IS NULL AND available = 0 THEN 'nothing'
         WHEN offer_id IS NULL THEN 'create'
         WHEN deleted THEN 'deleted'
         WHEN elsewhere THEN 'elsewhere'
         WHEN offer_changed OR stock_id IS NULL OR stock_changed OR held_reason IS DISTINCT FROM was_held THEN 'update'
         ELSE 'same' END,
    CASE WHEN title IS NULL THEN 'unknown_ean' WHEN refused IS NOT NULL THEN refused
         WHEN deleted THEN 'offer_deleted' WHEN elsewhere THEN 'held_elsewhere' END,
    product_id, offer_id, stock_id, own, available, said, price, price_proposed, price_sentence,
    priced_by_product, price_deferred, new_price, snapshot_at, answered_at, counting, held_reason, offer_changed,
    offer_changed OR held_reason IS DISTINCT FROM was_held, ours, known, repeated, settled, waited
FROM (
    SELECT levelled.*,
        CASE WHEN price IS NOT NULL THEN NULL
             WHEN price_proposed IS NOT NULL THEN 'price_to_confirm' ELSE 'price_unknown' END AS held_reason,
        (price, price_proposed, price_sentence, priced_by_product, counting, available, true, NULL::timestamptz)
            IS DISTINCT FROM
        (k_price, k_proposed, k_sentence, k_priced_by_product, k_counting, k_remaining, k_active, k_kept_at)
            AS stock_changed
    FROM (
        SELECT s.link_id, s.venue_id, s.ref, s.available, s.price AS said, s.snapshot_at, s.answered_at,
            product.id AS product_id, o.id AS offer_id, k.id AS stock_id, own.record AS own, told.title, told.refused,
            o.deleted_at IS NOT NULL AS deleted, o.held_reason AS was_held,
            o.link_id IS DISTINCT FROM s.link_id AND coalesce(o.active, false) AND EXISTS (
                SELECT FROM link WHERE link.id = o.link_id AND link.state <> 'unlinked') AS elsewhere,
            coalesce(o.link_id = s.link_id AND o.active, false) AS ours,
            o.id IS NOT NULL OR item.id IS NOT NULL AS known, s.settled IS TRUE AS settled, item.id IS NOT NULL AS waited,
            coalesce(k.last_run_id = %(run)s AND o.link_id = s.link_id, false) AS repeated,
            coalesce(o.link_id IS DISTINCT FROM s.link_id
                OR NOT o.active AND NOT 'active' = ANY (o.fields_edited)
                OR o.title <> told.title AND NOT 'title' = ANY (o.fields_edited)
                OR o.description <> told.description AND NOT 'description' = ANY (o.fields_edited)
                OR o.image_url <> told.image_url AND NOT 'image_url' = ANY (o.fields_edited)
                OR o.is_online <> told.is_digital AND NOT 'is_online' = ANY (o.fields_edited), false) AS offer_changed,
            CASE WHEN fixed.deferred OR fixed.edited OR money.suspicious THEN k.price
                 ELSE coalesce(money.new_price, k.price) END AS price,
            CASE WHEN money.suspicious AND k.price IS NULL AND NOT fixed.edited THEN s.price END AS price_proposed,
            CASE WHEN money.suspicious THEN s.price || ' €' ELSE '' END AS price_sentence,
            s.price IS NULL AS priced_by_product,
            fixed.deferred AS price_deferred, money.new_price,
            CASE WHEN 'capacity' = ANY (k.fields_edited) THEN k.counting ELSE s.counting END AS counting,
            k.price AS k_price, k.price_proposed AS k_proposed, k.price_sentence AS k_sentence,
            k.priced_by_product AS k_priced_by_product, k.counting AS k_counting,
            k.remaining_at_provider AS k_remaining, k.active AS k_active, k.kept_at AS k_kept_at
        FROM staged_level AS s
        LEFT JOIN product ON product.id = s.product_id
        LEFT JOIN LATERAL (
            SELECT source.record FROM product_source AS source JOIN link ON link.id = source.link_id
            WHERE product.title IS NULL AND source.product_id = product.id AND link.venue_id = s.venue_id
              AND source.withdrawn_at IS NULL AND source.record ->> 'title' <> ''
            ORDER BY link.id LIMIT 1
        ) AS own ON true
        CROSS JOIN LATERAL (SELECT
            coalesce(product.title, own.record ->> 'title') AS title,
            coalesce(product.description, own.record ->> 'description', '') AS description,
            coalesce(product.image_url, own.record ->> 'cover_url', '') AS image_url,
            coalesce(product.price, (own.record -> 'price' ->> 'amount')::numeric) AS price,
            coalesce(product.title IS NOT NULL AND product.is_digital, own.record ->> 'form' = 'digital', false)
                AS is_digital,
            coalesce(product.refused, own.record ->> 'refused') AS refused
        ) AS told
        LEFT JOIN offer AS o ON o.id = s.offer_id
        LEFT JOIN stock AS k ON k.id = s.stock_id
        LEFT JOIN source_item AS item ON item.link_id = s.link_id AND item.kind = 'level' AND item.ref = s.ref
        LEFT JOIN price_answer AS answer ON answer.link_id = s.link_id AND answer.sentence = s.price || ' €'
        CROSS JOIN LATERAL (SELECT
            answer.price IS NULL AND coalesce(s.price = 0
                OR told.price > 0 AND (s.price >= 10 * told.price OR s.price <= told.price / 10), false) AS suspicious,
            coalesce(answer.price, s.price, told.price) AS new_price
        ) AS money
        CROSS JOIN LATERAL (SELECT
            coalesce('price' = ANY (k.fields_edited || o.fields_edited), false) AS edited,
            coalesce(o.active AND o.held_reason IS NULL AND k.active AND NOT money.suspicious
                AND k.price <> money.new_price AND NOT 'price' = ANY (k.fields_edited || o.fields_edited), false)
                AS deferred
        ) AS fixed
    ) AS levelled
) AS compared;

-- name: count_levels
-- What the plan comes to: items by what is done with their line, offers and stocks, and for how many lines
-- each statement has work. `unsure`: copies on sale whose offer would change too.
SELECT
    count(*) FILTER (WHERE repeated) AS repeated,
    count(*) FILTER (WHERE NOT repeated AND (action = 'create' OR NOT known AND action <> 'nothing')) AS new,
    count(*) FILTER (WHERE NOT repeated AND known AND (action = 'update' OR action NOT IN ('create', 'same', 'nothing')
        AND NOT EXISTS (SELECT FROM source_item AS item WHERE item.link_id = p.link_id AND item.kind = 'level'
            AND item.ref = p.ref AND item.withdrawn_at IS NULL AND item.left_out = p.reason
            AND (item.last_record ->> 'available')::integer = p.available))) AS changed,
    count(*) FILTER (WHERE NOT repeated) AS told,
    count(*) FILTER (WHERE action = 'create') AS offers_created,
    count(*) FILTER (WHERE action = 'update' AND offer_changed) AS offers_updated,
    count(*) FILTER (WHERE action = 'create' OR action = 'update' AND stock_id IS NULL) AS stocks_created,
    count(*) FILTER (WHERE action = 'update' AND stock_id IS NOT NULL AND NOT repeated) AS stocks_updated,
    count(*) FILTER (WHERE settled AND (rewritten OR action NOT IN ('update', 'same'))) AS unsure,
    count(*) FILTER (WHERE price_deferred AND action IN ('update', 'same')) AS note_prices,
    count(*) FILTER (WHERE action = 'create') AS create_levels,
    count(*) FILTER (WHERE action = 'update' AND stock_id IS NULL) AS add_copies,
    count(*) FILTER (WHERE action = 'update' AND rewritten) AS update_offers,
    count(*) FILTER (WHERE action = 'update' AND stock_id IS NOT NULL) AS update_copies,
    count(*) FILTER (WHERE action = 'wait' AND ours) AS withdraw_refused,
    count(*) FILTER (WHERE action IN ('wait', 'elsewhere', 'deleted')) AS keep_waiting,
    count(*) FILTER (WHERE waited AND action IN ('create', 'update', 'same', 'nothing')) AS wait_no_longer
FROM planned_level AS p;

-- name: planned_level_changes
-- The offers that a preview tells of.
SELECT p.ref, coalesce(product.title, p.own ->> 'title') AS title, p.action, p.held_reason,
    (p.action = 'create')::integer AS dates_made, (p.action = 'update')::integer AS dates_changed
FROM planned_level AS p JOIN product ON product.id = p.product_id
WHERE p.action IN ('create', 'update') ORDER BY title;

-- name: note_listed_levels
-- What is listed again is no longer at stake.
DELETE FROM withdrawal_item AS w USING planned_level AS p
WHERE w.link_id = p.link_id AND w.offer_id = p.offer_id AND w.change IN ('absent', 'price')
  AND p.action IN ('update', 'same');

-- name: note_prices
INSERT INTO withdrawal_item (link_id, change, offer_id, stock_id, new_price, run_id)
SELECT link_id, 'price', offer_id, stock_id, new_price, %(run)s
FROM planned_level WHERE price_deferred AND action IN ('update', 'same')
ON CONFLICT (link_id, change, offer_id, stock_id) DO UPDATE SET new_price = excluded.new_price;

-- name: create_levels
-- An offer and its copies for each line that has some of a known book.
WITH made AS (
    INSERT INTO offer (venue_id, link_id, provider, product_id, category, title, description, image_url,
        is_online, held_reason, last_run_id)
    SELECT p.venue_id, p.link_id, link.provider, p.product_id, 'livre',
        coalesce(product.title, p.own ->> 'title'),
        CASE WHEN product.title IS NULL THEN coalesce(p.own ->> 'description', '') ELSE product.description END,
        CASE WHEN product.title IS NULL THEN coalesce(p.own ->> 'cover_url', '') ELSE product.image_url END,
        CASE WHEN product.title IS NULL THEN coalesce(p.own ->> 'form' = 'digital', false) ELSE product.is_digital END,
        p.held_reason, %(run)s
    FROM planned_level AS p JOIN product ON product.id = p.product_id JOIN link ON link.id = p.link_id
    WHERE p.action = 'create' ORDER BY p.product_id
    ON CONFLICT DO NOTHING
    RETURNING id, venue_id, product_id
)
INSERT INTO stock (offer_id, ref, price, price_proposed, price_sentence, priced_by_product, counting,
    remaining_at_provider, snapshot_at, answered_at, quantity, created_run_id, last_run_id)
SELECT made.id, 'copies', p.price, p.price_proposed, p.price_sentence, p.priced_by_product, p.counting,
    p.available, p.snapshot_at, p.answered_at, p.available, %(run)s, %(run)s
FROM made JOIN planned_level AS p ON p.venue_id = made.venue_id AND p.product_id = made.product_id
WHERE p.action = 'create' ORDER BY made.id;

-- name: add_copies
-- The copies of offers that have no such stock yet.
INSERT INTO stock (offer_id, ref, price, price_proposed, price_sentence, priced_by_product, counting,
    remaining_at_provider, snapshot_at, answered_at, quantity, created_run_id, last_run_id)
SELECT offer_id, 'copies', price, price_proposed, price_sentence, priced_by_product, counting, available,
    snapshot_at, answered_at, available, %(run)s, %(run)s
FROM planned_level WHERE action = 'update' AND stock_id IS NULL ORDER BY offer_id;

-- name: update_offers
-- What a person edited stays.
UPDATE offer AS o SET link_id = p.link_id, provider = link.provider,
    title = CASE WHEN 'title' = ANY (o.fields_edited) THEN o.title
                 ELSE coalesce(product.title, p.own ->> 'title') END,
    description = CASE WHEN 'description' = ANY (o.fields_edited) THEN o.description
                       WHEN product.title IS NULL THEN coalesce(p.own ->> 'description', '')
                       ELSE product.description END,
    image_url = CASE WHEN 'image_url' = ANY (o.fields_edited) THEN o.image_url
                     WHEN product.title IS NULL THEN coalesce(p.own ->> 'cover_url', '')
                     ELSE product.image_url END,
    is_online = CASE WHEN 'is_online' = ANY (o.fields_edited) THEN o.is_online
                     WHEN product.title IS NULL THEN coalesce(p.own ->> 'form' = 'digital', false)
                     ELSE product.is_digital END,
    active = 'active' <> ALL (o.fields_edited) OR o.active,
    held_reason = p.held_reason, last_run_id = %(run)s
FROM planned_level AS p JOIN product ON product.id = p.product_id JOIN link ON link.id = p.link_id
WHERE p.action = 'update' AND p.rewritten AND o.id = p.offer_id;

-- name: update_copies
-- Quantities in a statement after the locks, so that no booking is missed.
UPDATE stock AS k SET price = p.price, price_proposed = p.price_proposed, price_sentence = p.price_sentence,
    priced_by_product = p.priced_by_product, counting = p.counting, remaining_at_provider = p.available,
    snapshot_at = p.snapshot_at, answered_at = p.answered_at, active = true, kept_at = NULL, last_run_id = %(run)s,
    quantity = CASE
        WHEN 'capacity' = ANY (k.fields_edited) THEN greatest(k.quantity, k.booked_quantity)
        WHEN k.booking_changed_at IS NULL THEN p.available
        ELSE greatest(k.booked_quantity, p.available + places_out(k.id, p.counting, p.snapshot_at, p.answered_at)) END
FROM planned_level AS p WHERE p.action = 'update' AND k.id = p.stock_id;

-- name: withdraw_refused
-- Books on sale that turn out not to be for the pass Culture; their bookings stay.
WITH left_out AS (
    UPDATE offer SET active = false, last_run_id = %(run)s
    FROM planned_level AS p WHERE p.action = 'wait' AND p.ours AND p.reason <> 'unknown_ean' AND offer.id = p.offer_id
    RETURNING offer.id
)
UPDATE stock SET active = false, quantity = booked_quantity, last_run_id = %(run)s
FROM left_out WHERE stock.offer_id = left_out.id AND stock.active;

-- name: keep_waiting
-- Lines that make no offer now: what they say is kept for the day when they do.
INSERT INTO source_item (link_id, kind, ref, offer_id, left_out, last_record, last_run_id)
SELECT link_id, 'level', ref, offer_id, reason, jsonb_strip_nulls(jsonb_build_object(
    'record', 'StockLevel', 'ref', ref, 'available', available, 'price', said::text, 'asked_at', snapshot_at)),
    %(run)s
FROM planned_level WHERE action IN ('wait', 'elsewhere', 'deleted') ORDER BY link_id, ref
ON CONFLICT (link_id, kind, ref) DO UPDATE SET offer_id = excluded.offer_id, left_out = excluded.left_out,
    withdrawn_at = NULL, last_record = excluded.last_record, last_run_id = excluded.last_run_id
WHERE (source_item.left_out, source_item.last_record -> 'available', source_item.last_record -> 'price')
    IS DISTINCT FROM (excluded.left_out, excluded.last_record -> 'available', excluded.last_record -> 'price')
    OR source_item.withdrawn_at IS NOT NULL;

-- name: wait_no_longer
DELETE FROM source_item AS item USING planned_level AS p
WHERE item.link_id = p.link_id AND item.kind = 'level' AND item.ref = p.ref
  AND p.action IN ('create', 'update', 'same', 'nothing');

-- name: leave_out_lines
-- Lines that their adapter leaves out.
INSERT INTO source_item (link_id, kind, ref, left_out, last_run_id)
SELECT %(link)s, 'level', line.ref, line.reason, %(run)s
FROM unnest(%(refs)s::text[], %(reasons)s::text[]) AS line (ref, reason) ORDER BY line.ref
ON CONFLICT (link_id, kind, ref) DO UPDATE SET left_out = excluded.left_out, last_record = NULL,
    withdrawn_at = NULL, last_run_id = excluded.last_run_id;

-- name: leave_quarantine
DELETE FROM quarantine AS q WHERE link_id = %(link)s AND (ref = ANY (%(left_out)s)
    OR EXISTS (SELECT FROM staged_level AS s WHERE s.link_id = q.link_id AND s.ref = q.ref));

-- name: remember_repeated
-- A ref on two pages: the later one is looked at each time that either may have changed.
INSERT INTO line_to_read (link_id, ref, place) SELECT %(link)s, ref, place
FROM unnest(%(refs)s::text[], %(places)s::integer[]) AS line (ref, place) ON CONFLICT DO NOTHING;

-- name: repeated_refs
SELECT ref FROM planned_level WHERE repeated;

-- name: write_page
-- Gives whether another page stood at this place.
INSERT INTO list_page (link_id, place, digest, size, refs, base)
VALUES (%(link)s, %(place)s, %(digest)s, %(size)s, %(refs)s, %(base)s)
ON CONFLICT (link_id, place) DO UPDATE SET digest = excluded.digest, size = excluded.size, refs = excluded.refs,
    base = excluded.base, patch = '{}'
RETURNING xmax <> 0 AS replaced;

-- name: patch_pages
UPDATE list_page SET digest = new.digest, patch = new.patch
FROM unnest(%(places)s::integer[], %(digests)s::bytea[], %(patches)s::jsonb[]) AS new (place, digest, patch)
WHERE link_id = %(link)s AND list_page.place = new.place;

-- name: list_moved
-- Lines may have gone: pages were replaced or dropped. While pages only come, nothing can have.
INSERT INTO stock_list (link_id, moved) VALUES (%(link)s, true)
ON CONFLICT (link_id) DO UPDATE SET moved = true WHERE NOT stock_list.moved;

-- name: drop_pages_beyond
DELETE FROM list_page WHERE link_id = %(link)s AND place >= %(pages)s;

-- name: pages_beyond
SELECT count(*) FROM list_page WHERE link_id = %(link)s AND place >= %(pages)s;

-- name: has_moved
SELECT moved FROM stock_list WHERE link_id = %(link)s AND moved;

-- name: compared
UPDATE stock_list SET moved = false WHERE link_id = %(link)s;

-- name: read_once
DELETE FROM line_to_read WHERE link_id = %(link)s AND place IS NULL;

-- name: list_listed
-- The refs of all the pages; a patch replaces lines, never refs.
INSERT INTO listed SELECT DISTINCT ref
FROM list_page CROSS JOIN unnest(string_to_array(refs, E'\n')) AS ref
WHERE link_id = %(link)s AND place < %(pages)s AND size > 0;

-- name: note_absent_lines
INSERT INTO withdrawal_item (link_id, change, offer_id, run_id)
SELECT %(link)s, 'absent', offer.id, %(run)s
FROM offer JOIN product ON product.id = offer.product_id JOIN stock ON stock.offer_id = offer.id
WHERE offer.link_id = %(link)s AND offer.active AND NOT 'active' = ANY (offer.fields_edited)
  AND stock.active AND stock.kept_at IS NULL
  AND NOT EXISTS (SELECT FROM listed WHERE listed.ref = product.ean)
ON CONFLICT (link_id, change, offer_id, stock_id) DO NOTHING;

-- name: note_lines_back
DELETE FROM withdrawal_item AS w USING offer JOIN product ON product.id = offer.product_id
WHERE w.link_id = %(link)s AND w.change = 'absent' AND offer.id = w.offer_id
  AND EXISTS (SELECT FROM listed WHERE listed.ref = product.ean);

-- name: forget_waiting_gone
DELETE FROM source_item AS item WHERE item.link_id = %(link)s AND item.kind = 'level'
  AND NOT EXISTS (SELECT FROM listed WHERE listed.ref = item.ref);

-- name: forget_quarantine_gone
DELETE FROM quarantine AS q WHERE q.link_id = %(link)s AND NOT EXISTS (SELECT FROM listed WHERE listed.ref = q.ref);

-- name: list_counts
-- What a list's lines come to at the end of a reading.
SELECT (SELECT count(*) FROM quarantine WHERE link_id = %(link)s) AS quarantined,
    (SELECT count(*) FROM offer WHERE link_id = %(link)s AND active AND held_reason IS NOT NULL) AS held;

-- name: lines_as_before
SELECT coalesce(sum(size), 0) AS lines FROM list_page WHERE link_id = %(link)s;

-- name: lines_left_out
SELECT left_out AS reason, count(*) FROM source_item WHERE link_id = %(link)s AND kind = 'level' GROUP BY left_out;

-- name: copies_to_recount
-- Copies that the reading confirmed and whose bookings moved since they were last counted; few at any
-- time, so their offers are looked up one by one.
SELECT stock.id, (SELECT first_request_at FROM sync_run WHERE sync_run.id = %(run)s) AS asked_at,
    clock_timestamp() AS answered_at
FROM stock
WHERE stock.booking_changed_at >= stock.snapshot_at AND stock.counting IN ('deducts', 'shelf') AND stock.active
  AND (SELECT link_id FROM offer WHERE offer.id = stock.offer_id) = %(link)s;

-- name: waiting_known
SELECT
FROM source_item AS item JOIN product ON product.ean = item.ref
WHERE item.link_id = %(link)s AND item.kind = 'level' AND item.left_out = 'unknown_ean' AND item.last_record IS NOT NULL
  AND (product.title IS NOT NULL OR EXISTS (
      SELECT FROM product_source AS source JOIN link ON link.id = source.link_id AND link.venue_id = %(venue)s
      WHERE source.product_id = product.id AND source.withdrawn_at IS NULL AND source.record ->> 'title' <> ''))
LIMIT 1;

-- name: stage_waiting_known
-- Lines of the link that waited for a product which is known by now.
INSERT INTO staged_level (link_id, venue_id, ref, available, price, snapshot_at, counting)
SELECT item.link_id, %(venue)s, item.ref, (item.last_record ->> 'available')::integer,
    (item.last_record ->> 'price')::numeric, (item.last_record ->> 'asked_at')::timestamptz, %(counting)s
FROM source_item AS item JOIN product ON product.ean = item.ref
WHERE item.link_id = %(link)s AND item.kind = 'level' AND item.left_out = 'unknown_ean' AND item.last_record IS NOT NULL
  AND (product.title IS NOT NULL OR EXISTS (
      SELECT FROM product_source AS source JOIN link ON link.id = source.link_id AND link.venue_id = %(venue)s
      WHERE source.product_id = product.id AND source.withdrawn_at IS NULL AND source.record ->> 'title' <> ''));

-- name: merge_partial_records
-- A record that brings some fields keeps the others as this catalogue said them before.
UPDATE staged_product AS s SET record = (source.record - s.only_fields) || s.record
FROM product JOIN product_source AS source ON source.product_id = product.id
WHERE s.only_fields IS NOT NULL AND product.ean = s.ean AND source.link_id = %(link)s;

-- name: insert_products
INSERT INTO product (ean, record)
SELECT ean, CASE WHEN %(venue)s::bigint IS NULL AND record ? 'title' THEN record ELSE '{}' END
FROM staged_product ORDER BY ean ON CONFLICT DO NOTHING;

-- name: lock_staged_products
SELECT count(*) FROM (SELECT ean FROM staged_product ORDER BY ean) AS s
CROSS JOIN LATERAL (SELECT id FROM product WHERE product.ean = s.ean FOR NO KEY UPDATE) AS locked;

-- name: keep_product_sources
INSERT INTO product_source (product_id, link_id, ref, record, order_key)
SELECT product.id, %(link)s, s.ref, s.record, s.order_key
FROM staged_product AS s JOIN product ON product.ean = s.ean ORDER BY product.id
ON CONFLICT (product_id, link_id) DO UPDATE SET ref = excluded.ref, record = excluded.record,
    order_key = excluded.order_key, withdrawn_at = NULL;

-- name: rank_products
-- A product is what the first of the operator's catalogues that tells it says, in the order of their linking.
UPDATE product SET record = best.record, updated_at = clock_timestamp()
FROM (
    SELECT DISTINCT ON (source.product_id) source.product_id, source.record
    FROM staged_product AS s JOIN product ON product.ean = s.ean
    JOIN product_source AS source ON source.product_id = product.id AND source.withdrawn_at IS NULL
        AND source.record ->> 'title' <> ''
    JOIN link ON link.id = source.link_id AND link.venue_id IS NULL
    ORDER BY source.product_id, link.id
) AS best
WHERE product.id = best.product_id AND product.record IS DISTINCT FROM best.record;

-- name: lock_copies_of_products
-- The copies on sale of the staged products, under the products' locks: a list may write them meanwhile.
SELECT count(*) FROM (
    SELECT offer.id FROM staged_product AS s JOIN product ON product.ean = s.ean
    JOIN offer ON offer.product_id = product.id AND offer.active AND offer.link_id IS NOT NULL ORDER BY offer.id
) AS s
CROSS JOIN LATERAL (SELECT FROM offer WHERE offer.id = s.id FOR NO KEY UPDATE) AS locked
CROSS JOIN LATERAL (SELECT FROM stock WHERE stock.offer_id = s.id ORDER BY id FOR NO KEY UPDATE) AS copies;

-- name: stage_lines_of_products
-- The lines that wait for these products, and the copies on sale of them.
INSERT INTO staged_level (link_id, venue_id, ref, available, price, snapshot_at, answered_at, counting)
SELECT item.link_id, link.venue_id, item.ref, (item.last_record ->> 'available')::integer,
    (item.last_record ->> 'price')::numeric, (item.last_record ->> 'asked_at')::timestamptz, clock_timestamp(), 'shelf'
FROM staged_product AS s
JOIN source_item AS item ON item.kind = 'level' AND item.ref = s.ean AND item.last_record IS NOT NULL
    AND item.left_out NOT IN ('held_elsewhere', 'offer_deleted') AND item.withdrawn_at IS NULL
JOIN link ON link.id = item.link_id AND link.state <> 'unlinked'
    AND (%(venue)s::bigint IS NULL OR link.venue_id = %(venue)s)
UNION
SELECT offer.link_id, offer.venue_id, s.ean, stock.remaining_at_provider,
    CASE WHEN NOT stock.priced_by_product THEN coalesce(stock.price, stock.price_proposed) END,
    stock.snapshot_at, coalesce(stock.answered_at, stock.snapshot_at), stock.counting
FROM staged_product AS s JOIN product ON product.ean = s.ean
JOIN offer ON offer.product_id = product.id AND offer.active AND offer.link_id IS NOT NULL
    AND (%(venue)s::bigint IS NULL OR offer.venue_id = %(venue)s)
JOIN stock ON stock.offer_id = offer.id AND stock.ref = 'copies' AND stock.active
    AND stock.remaining_at_provider IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: stage_products_of_refs
-- What a catalogue knows under these refs of its own, to judge anew who tells it best.
INSERT INTO staged_product (ref, ean, record)
SELECT source.ref, product.ean, source.record FROM product_source AS source JOIN product ON product.id = source.product_id
WHERE source.link_id = %(link)s AND source.ref = ANY (%(refs)s)
ON CONFLICT DO NOTHING;

-- name: withdraw_sources
UPDATE product_source SET withdrawn_at = clock_timestamp()
WHERE link_id = %(link)s AND ref = ANY (%(refs)s) AND withdrawn_at IS NULL;

-- name: sources_gone
-- The catalogue's products that a complete reading did not list.
SELECT source.ref FROM product_source AS source
WHERE source.link_id = %(link)s AND source.withdrawn_at IS NULL AND NOT EXISTS (
    SELECT FROM seen_mark AS mark WHERE mark.run_id = %(run)s AND mark.kind = %(primary)s AND mark.ref = source.ref);

-- name: keep_absent_copies
-- Kept until the list has them again.
UPDATE stock SET kept_at = clock_timestamp() FROM withdrawal_item AS w
WHERE w.link_id = %(link)s AND w.change = 'absent' AND w.source_item_id IS NULL AND stock.offer_id = w.offer_id;

-- name: wake_heir_lines
INSERT INTO line_to_read (link_id, ref) SELECT link_id, ref FROM source_item
WHERE id = ANY (%(items)s) AND kind = 'level' AND link_id <> %(link)s ON CONFLICT DO NOTHING;
