-- What the page's screens read. An offer's upcoming dates are its active stocks that are not over; a
-- book's stock has no date and is always upcoming.

-- name: sources
-- A venue's sources with their latest run, their latest finished run, and what they hold.
SELECT link.id, link.provider, link.identifier, link.title, link.settings, link.state, link.state_reason,
    link.next_run_at, link.unlinked_at, link.failures,
    (SELECT since FROM provider_state WHERE provider_state.provider = link.provider AND breaker <> 'closed')
        AS silent_since,
    latest.id AS run_id, latest.status AS run_status, latest.created_at AS run_created_at,
    latest.started_at AS run_started_at, latest.estimate AS run_estimate, latest.seen AS run_seen,
    done.id AS done_id, done.status AS done_status, done.finished_at AS done_at, done.started_at AS done_started_at,
    done.message AS done_message, done.error_code AS done_error, done.counters AS done_counters,
    (SELECT count(*) FROM offer WHERE offer.link_id = link.id AND offer.active AND offer.deleted_at IS NULL)
        AS offers,
    held.dates, held.copies,
    (SELECT count(*) FROM product_source WHERE product_source.link_id = link.id AND withdrawn_at IS NULL) AS told,
    (SELECT count(*) FROM quarantine WHERE quarantine.link_id = link.id) AS quarantined,
    file.uploaded_at, file.uploaded_by, file.name AS file_name
FROM link
LEFT JOIN LATERAL (SELECT * FROM sync_run WHERE link_id = link.id ORDER BY id DESC LIMIT 1) AS latest ON true
LEFT JOIN LATERAL (
    SELECT * FROM sync_run WHERE link_id = link.id AND status NOT IN ('queued', 'running')
    ORDER BY id DESC LIMIT 1) AS done ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS dates,
        coalesce(sum(stock.quantity - stock.booked_quantity) FILTER (WHERE offer.product_id IS NOT NULL), 0)::bigint
            AS copies
    FROM offer JOIN stock ON stock.offer_id = offer.id AND stock.active
        AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()
    WHERE offer.link_id = link.id AND offer.active AND offer.deleted_at IS NULL) AS held
LEFT JOIN uploaded_file AS file ON file.venue_id = link.venue_id
    AND file.sha256 = CASE WHEN starts_with(link.identifier, %(upload)s) THEN right(link.identifier, 64) END
WHERE link.venue_id = %(venue)s
ORDER BY link.state = 'unlinked', link.id;

-- name: partners
SELECT DISTINCT provider FROM link WHERE venue_id = %(venue)s;

-- name: held
-- How many offers of each source wait for which answer.
SELECT offer.link_id, offer.held_reason, count(*) AS offers
FROM offer
WHERE offer.link_id = ANY (ARRAY(SELECT id FROM link WHERE venue_id = %(venue)s))
  AND offer.active AND offer.deleted_at IS NULL AND offer.held_reason IS NOT NULL
  AND EXISTS (SELECT FROM stock WHERE stock.offer_id = offer.id AND stock.active
              AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now())
GROUP BY offer.link_id, offer.held_reason ORDER BY offer.link_id, count(*) DESC;

-- name: held_in_all
SELECT count(*) FROM offer
WHERE offer.link_id = ANY (ARRAY(SELECT id FROM link WHERE venue_id = %(venue)s))
  AND offer.active AND offer.deleted_at IS NULL AND offer.held_reason IS NOT NULL
  AND EXISTS (SELECT FROM stock WHERE stock.offer_id = offer.id AND stock.active
              AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now());

-- name: notices
-- The venue's open questions, the oldest first.
SELECT notice.*, offer.title, stock.starts_at, stock.booked_quantity, candidate.starts_at AS candidate_starts_at,
    link.provider, link.title AS source_title, link.identifier
FROM notice
LEFT JOIN offer ON offer.id = notice.offer_id
LEFT JOIN stock ON stock.id = notice.stock_id
LEFT JOIN stock AS candidate ON candidate.id = notice.candidate_stock_id
LEFT JOIN link ON link.id = notice.link_id
WHERE notice.venue_id = %(venue)s AND notice.resolved_at IS NULL
ORDER BY notice.opened_at, notice.id;

-- name: notice
SELECT notice.*, stock.starts_at FROM notice LEFT JOIN stock ON stock.id = notice.stock_id
WHERE notice.id = %(notice)s AND notice.venue_id = %(venue)s;

-- name: offers_of_link
-- What disconnecting a source is about: its offers, and the bookings still to come.
SELECT count(DISTINCT offer.id) FILTER (WHERE offer.active) AS offers,
    coalesce(sum(stock.booked_quantity) FILTER (
        WHERE coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()), 0)::bigint AS bookings
FROM offer LEFT JOIN stock ON stock.offer_id = offer.id
WHERE offer.link_id = %(link)s AND offer.deleted_at IS NULL;

-- name: quarantined
-- What could not be read of a source: of one run, or all that is still so.
SELECT kind, ref, at, turn, code, sentence, count(*) OVER () AS in_all FROM quarantine
WHERE link_id = %(link)s AND (%(run)s::bigint IS NULL OR run_id = %(run)s)
ORDER BY at DESC, ref LIMIT %(most)s OFFSET %(after)s;

-- name: left_out
-- Why lines of a list make no offer now, and how many for each reason.
SELECT left_out AS reason, count(*) AS number FROM source_item
WHERE link_id = %(link)s AND kind = 'level' AND left_out IS NOT NULL GROUP BY left_out ORDER BY count(*) DESC, left_out;

-- name: lines_left_out
-- A page of these lines, by EAN, with what is known of their books.
WITH found AS (
    SELECT ref, left_out, last_record, offer_id FROM source_item
    WHERE link_id = %(link)s AND kind = 'level' AND left_out IS NOT NULL
      AND (%(reason)s = '' OR left_out = %(reason)s) AND starts_with(ref, %(wanted)s)
), page AS (
    SELECT found.*, (SELECT count(*) FROM found) AS in_all FROM found ORDER BY ref LIMIT %(most)s OFFSET %(after)s
)
SELECT page.ref, page.left_out, page.in_all, page.offer_id, (page.last_record ->> 'available')::integer AS available,
    (page.last_record ->> 'price')::numeric AS price, book_told(product.id, %(venue)s) AS told
FROM page LEFT JOIN product ON product.ean = page.ref ORDER BY page.ref;

-- name: books
-- What a venue is told of books, by EAN.
SELECT product.ean, book_told(product.id, %(venue)s) AS told, product.price
FROM product WHERE ean = ANY (%(eans)s);

-- name: cover
-- Where a book's cover is, as the venue's offer of it shows it, else as the venue is told; and what is kept of it.
SELECT at.address, cover.content, cover.refused
FROM product LEFT JOIN offer ON offer.venue_id = %(venue)s AND offer.product_id = product.id
CROSS JOIN LATERAL (SELECT coalesce(nullif(offer.image_url, ''),
    book_told(product.id, %(venue)s) ->> 'cover_url', '') AS address) AS at
LEFT JOIN cover ON cover.address_sha256 = sha256(convert_to(at.address, 'UTF8')) AND cover.good_until > now()
WHERE product.ean = %(ean)s;

-- name: runs_of_link
SELECT id, status, trigger, requested_by, created_at, started_at, finished_at, counters, message, error_code
FROM sync_run WHERE link_id = %(link)s ORDER BY id DESC LIMIT 20;

-- name: offers_of_run
-- A few of the offers that a run wrote, the next dates first.
SELECT offer.id, offer.title, offer.category, offer.image_url, offer.description, offer.place_name,
    offer.place_city, offer.held_reason, next.*, product.ean, book_told(product.id, offer.venue_id) AS told
FROM offer CROSS JOIN LATERAL (
    SELECT min(starts_at) AS next_at, count(*) AS dates, min(price) AS price, min(price_proposed) AS price_proposed,
        sum(quantity - booked_quantity) FILTER (WHERE counting <> 'unknown') AS places,
        coalesce(bool_or(quantity IS NULL AND counting <> 'unknown'), false) AS unlimited
    FROM stock WHERE stock.offer_id = offer.id AND stock.active
      AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()) AS next
LEFT JOIN product ON product.id = offer.product_id
WHERE offer.link_id = %(link)s AND offer.last_run_id = %(run)s AND offer.active AND offer.deleted_at IS NULL
  AND next.dates > 0
ORDER BY next.next_at NULLS LAST, offer.id LIMIT %(most)s;

-- name: price_questions
-- The price sentences that offers wait for, those that answer the most offers first.
SELECT offer.link_id, link.provider, coalesce(nullif(link.title, ''), link.identifier) AS source,
    stock.price_sentence AS sentence, min(stock.price_proposed) AS proposed, count(DISTINCT offer.id) AS offers,
    (array_agg(DISTINCT offer.title))[1:3] AS titles, offer.product_id IS NOT NULL AS of_books,
    -- the publisher's, where it is the same for all of these books
    CASE WHEN count(told.price) = count(*) AND min(told.price) = max(told.price) THEN min(told.price) END AS fixed
FROM offer JOIN stock ON stock.offer_id = offer.id JOIN link ON link.id = offer.link_id
LEFT JOIN LATERAL (
    SELECT (book_told(offer.product_id, offer.venue_id) -> 'price' ->> 'amount')::numeric AS price
    WHERE stock.price_sentence <> '') AS told ON true
WHERE link.venue_id = %(venue)s AND offer.active AND offer.deleted_at IS NULL
  AND offer.held_reason IN ('price_unknown', 'price_to_confirm')
  AND stock.active AND stock.price IS NULL
  AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()
GROUP BY offer.link_id, link.provider, source, stock.price_sentence, of_books
ORDER BY min(stock.price_proposed) IS NULL, count(DISTINCT offer.id) DESC, stock.price_sentence LIMIT 100;

-- name: capacity_questions
-- The sources that know no number of places and were given none.
SELECT offer.link_id, link.provider, coalesce(nullif(link.title, ''), link.identifier) AS source,
    count(DISTINCT offer.id) AS offers
FROM offer JOIN stock ON stock.offer_id = offer.id JOIN link ON link.id = offer.link_id
WHERE link.venue_id = %(venue)s AND offer.active AND offer.deleted_at IS NULL AND stock.active
  AND stock.counting = 'unknown' AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()
GROUP BY offer.link_id, link.provider, source ORDER BY offer.link_id;

-- name: held_offers
-- The offers that wait for one answer, the next dates first.
SELECT offer.id, offer.link_id, offer.title, offer.category, offer.image_url, offer.description, offer.place_name,
    offer.place_city, offer.title_says, next.*,
    twin.id AS twin_id, twin.title AS twin_title, twin.image_url AS twin_image_url, twin.category AS twin_category,
    twin.provider AS twin_provider, twin_next.next_at AS twin_next_at, twin_next.dates AS twin_dates,
    twin_next.price AS twin_price, count(*) OVER () AS in_all
FROM offer
CROSS JOIN LATERAL (
    SELECT min(starts_at) AS next_at, count(*) AS dates, min(price) AS price, min(price_proposed) AS price_proposed
    FROM stock WHERE stock.offer_id = offer.id AND stock.active
      AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()) AS next
LEFT JOIN offer AS twin ON twin.id = offer.looks_like_id
LEFT JOIN LATERAL (
    SELECT min(starts_at) AS next_at, count(*) AS dates, min(price) AS price
    FROM stock WHERE stock.offer_id = twin.id AND stock.active
      AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()) AS twin_next ON true
WHERE offer.link_id = ANY (ARRAY(SELECT id FROM link WHERE venue_id = %(venue)s))
  AND offer.active AND offer.deleted_at IS NULL AND offer.held_reason = %(reason)s AND next.dates > 0
ORDER BY next.next_at NULLS LAST, offer.id LIMIT %(most)s;

-- name: review
SELECT withdrawal.id, withdrawal.run_id, withdrawal.opened_at, withdrawal.why, withdrawal.counts,
    (SELECT question FROM notice WHERE notice.link_id = withdrawal.link_id AND notice.kind = 'review'
        AND notice.resolved_at IS NULL ORDER BY notice.id DESC LIMIT 1) AS question
FROM withdrawal WHERE withdrawal.link_id = %(link)s AND withdrawal.closed_at IS NULL;

-- name: losses
-- What an open review would withdraw: whole offers, or single dates; the first, and how many there are in all.
SELECT lost.*, count(*) FILTER (WHERE change <> 'unlisted') OVER () AS offers_in_all,
    count(*) FILTER (WHERE change = 'unlisted') OVER () AS dates_in_all, sum(bookings) OVER ()::bigint AS bookings_in_all
FROM (
    SELECT w.change, offer.id AS offer_id, offer.title, offer.product_id IS NOT NULL AS is_book, stock.starts_at,
        coalesce(stock.booked_quantity, coming.booked, 0)::bigint AS bookings, coming.dates, coming.copies
    FROM withdrawal_item AS w JOIN offer ON offer.id = w.offer_id LEFT JOIN stock ON stock.id = w.stock_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS dates, sum(booked_quantity) AS booked,
            coalesce(sum(quantity - booked_quantity), 0)::bigint AS copies
        FROM stock AS each WHERE each.offer_id = offer.id AND each.active
            AND coalesce(each.ends_at, each.starts_at, 'infinity') >= now()) AS coming
    WHERE w.link_id = %(link)s AND w.change IN ('absent', 'filtered', 'unlisted')) AS lost
ORDER BY bookings DESC, title, starts_at LIMIT %(most)s;

-- name: changes
-- The prices and categories that an open review would change.
SELECT w.change, offer.id AS offer_id, offer.title, stock.starts_at, stock.price, w.new_price,
    offer.category, w.new_category
FROM withdrawal_item AS w JOIN offer ON offer.id = w.offer_id LEFT JOIN stock ON stock.id = w.stock_id
WHERE w.link_id = %(link)s AND w.change IN ('price', 'category')
ORDER BY offer.title, stock.starts_at LIMIT %(most)s;

-- name: of_this_venue
SELECT id FROM offer WHERE venue_id = %(venue)s AND id = ANY (%(offers)s) ORDER BY id;

-- name: offers
-- A page of a venue's offers: the next dates first, then the books by title, offers without a date to come
-- last. `wanted` is folded, each of its words must be in the title; or it is a book's EAN.
WITH mine AS (
    SELECT * FROM offer
    WHERE link_id = ANY (ARRAY(SELECT id FROM link WHERE venue_id = %(venue)s)) AND venue_id = %(venue)s
    UNION ALL
    SELECT * FROM offer WHERE link_id IS NULL AND venue_id = %(venue)s
), found AS (
    SELECT mine.id, next.next_at, next.dates = 0 AS is_over, mine.title_folded
    FROM mine LEFT JOIN LATERAL (
        SELECT min(starts_at) AS next_at, count(*) AS dates FROM stock
        WHERE stock.offer_id = mine.id AND stock.active
          AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()) AS next
        ON mine.product_id IS NULL  -- a book's copies have no date: they are looked up where a state asks
    WHERE (mine.product_id = (SELECT id FROM product WHERE ean = %(ean)s)
           OR NOT EXISTS (SELECT FROM unnest(string_to_array(fold(%(wanted)s), ' ')) AS word
                          WHERE word <> '' AND position(word IN mine.title_folded) = 0))
      AND CASE %(state)s
          WHEN '' THEN mine.deleted_at IS NULL
          WHEN 'retirees' THEN NOT mine.active OR mine.deleted_at IS NOT NULL
          ELSE mine.active AND mine.deleted_at IS NULL AND CASE %(state)s
              WHEN 'visibles' THEN mine.held_reason IS NULL
              WHEN 'a-completer' THEN mine.held_reason IS NOT NULL
              ELSE true
          END AND (%(state)s = 'passees') = CASE
              WHEN mine.product_id IS NULL THEN next.dates = 0
              ELSE NOT EXISTS (SELECT FROM stock WHERE stock.offer_id = mine.id AND stock.active)
          END
      END
), page AS (
    SELECT id, next_at, is_over, title_folded, (SELECT count(*) FROM found) AS in_all FROM found
    ORDER BY next_at NULLS LAST, is_over NULLS FIRST, title_folded, id LIMIT %(most)s OFFSET %(after)s
)
SELECT offer.id, offer.title, offer.category, offer.image_url, offer.description, offer.place_name, offer.place_city,
    offer.completeness, offer.fields_edited, offer.active, offer.provider, page.in_all, publication.reasons,
    dates.next_at, dates.dates, dates.price, dates.highest_price, dates.price_proposed, dates.places, dates.unlimited,
    product.ean, book_told(product.id, offer.venue_id) AS told
FROM page JOIN offer ON offer.id = page.id
LEFT JOIN product ON product.id = offer.product_id
JOIN LATERAL (SELECT reasons FROM offer_publication WHERE offer_id = page.id) AS publication ON true
CROSS JOIN LATERAL (
    SELECT min(starts_at) AS next_at, count(*) AS dates, min(price) AS price, max(price) AS highest_price,
        min(price_proposed) AS price_proposed,
        (SELECT sum(places) FROM (
            -- the kinds of seat of one room together have what the room has
            SELECT least(sum(quantity - booked_quantity),
                CASE WHEN pool IS NOT NULL THEN greatest(pool_left(page.id, pool), 0) END) AS places
            FROM stock WHERE stock.offer_id = page.id AND stock.active AND counting <> 'unknown'
              AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()
            GROUP BY pool, CASE WHEN pool IS NULL THEN stock.id END) AS room) AS places,
        coalesce(bool_or(counting <> 'unknown'
            AND places_left(quantity, booked_quantity, offer_id, pool) IS NULL), false) AS unlimited
    FROM stock WHERE stock.offer_id = page.id AND stock.active
      AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()) AS dates
ORDER BY page.next_at NULLS LAST, page.is_over NULLS FIRST, page.title_folded, page.id;

-- name: offer
SELECT offer.*, publication.reasons, dates.next_at, dates.dates, dates.price AS lowest_price, dates.price_proposed,
    link.title AS source_title, link.identifier, link.state AS link_state,
    product.ean, book_told(product.id, offer.venue_id) AS told
FROM offer
LEFT JOIN product ON product.id = offer.product_id
JOIN LATERAL (SELECT reasons FROM offer_publication WHERE offer_id = offer.id) AS publication ON true
CROSS JOIN LATERAL (
    SELECT min(starts_at) AS next_at, count(*) AS dates, min(stock.price) AS price, min(price_proposed) AS price_proposed
    FROM stock WHERE stock.offer_id = offer.id AND stock.active
      AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()) AS dates
LEFT JOIN link ON link.id = offer.link_id
WHERE offer.id = %(offer)s AND offer.venue_id = %(venue)s;

-- name: stocks
-- An offer's dates, those to come first, with the places left and when the partner last said them: a run that
-- ended well confirms what did not change, but not of an offer that it could not read.
SELECT stock.id, starts_at, ends_at, label, stock.price, price_proposed, price_sentence, counting, stock.capacity,
    quantity, booked_quantity, stock.active, kept_at, priced_by_product, remaining_at_provider, snapshot_at,
    places_left(quantity, booked_quantity, offer_id, pool) AS places_left,
    coalesce(booking_limit_at, starts_at, 'infinity') > now() AS is_coming,
    CASE WHEN snapshot_at IS NOT NULL AND counting <> 'capacity' THEN greatest(snapshot_at, (
        SELECT confirmed_at FROM link_confirmed WHERE link_confirmed.link_id = offer.link_id
          AND NOT EXISTS (SELECT FROM quarantine WHERE quarantine.link_id = offer.link_id
                          AND quarantine.ref = offer.ref))) END AS confirmed_at
FROM stock JOIN offer ON offer.id = offer_id WHERE offer_id = %(offer)s
ORDER BY stock.active AND coalesce(booking_limit_at, starts_at, 'infinity') > now() DESC, starts_at NULLS FIRST,
    stock.id LIMIT 200;

-- name: offers_by_id
SELECT offer.id, offer.title, coalesce((SELECT sum(booked_quantity) FROM stock WHERE stock.offer_id = offer.id
    AND stock.active AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()), 0)::bigint AS bookings
FROM offer WHERE id = ANY (%(offers)s) ORDER BY offer.title;
