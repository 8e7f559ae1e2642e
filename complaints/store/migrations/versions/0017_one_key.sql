-- What is the same in another writing has the same key (complaints/base/matching.py): names, ways to reach somebody, homes,
-- and the words that searches look through. Python makes the keys; whoever writes a row writes them with it.

-- ---------------------------------------------------------------------------------------------------------------
-- Complaints

ALTER TABLE complaints
    DROP COLUMN searchable,
    DROP COLUMN contact_plain,
    ADD COLUMN customer_key   text,
    ADD COLUMN contact_keys   text[],                 -- one for each subscriber that is named; none for a placeholder
    ADD COLUMN building_key   text,                   -- empty: no home
    ADD COLUMN said_words     text,
    ADD COLUMN building_words text,
    ADD COLUMN searchable     text GENERATED ALWAYS AS (said_words || ' ' || building_words) STORED;

DROP INDEX complaints_by_place;
DROP INDEX complaints_by_building;
CREATE INDEX complaints_by_customer ON complaints (project, customer_key, received_at);
CREATE INDEX complaints_by_contact ON complaints USING gin (contact_keys);
CREATE INDEX complaints_by_building ON complaints (project, building_key, category, received_at)
    WHERE building_key <> '';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX complaints_searchable ON complaints USING gin (searchable gin_trgm_ops);
    END IF;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Customers and homes

ALTER TABLE customers
    DROP COLUMN contact_plain,
    ADD COLUMN name_key     text,
    ADD COLUMN contact_keys text[];

CREATE INDEX customers_by_person ON customers (project, name_key);
CREATE INDEX customers_by_contact ON customers USING gin (contact_keys);

ALTER TABLE homes ALTER COLUMN place DROP EXPRESSION;

DROP FUNCTION plain_contact(text);
DROP FUNCTION plain_place(text);

-- ---------------------------------------------------------------------------------------------------------------
-- Holds. When one on a customer is lifted, its keys go with the name.

ALTER TABLE holds
    ADD COLUMN name_key     text,
    ADD COLUMN contact_keys text[];

CREATE OR REPLACE FUNCTION hold_on(complaint complaints) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT min(hold.id)
    FROM holds AS hold
    LEFT JOIN customers AS customer ON hold.scope = 'customer' AND customer.id = hold.target
    WHERE hold.lifted_at IS NULL
      AND (hold.scope = 'case' AND hold.target = complaint.key
           OR hold.scope = 'project' AND hold.target = complaint.project
           OR hold.scope = 'customer'
              AND (hold.name_key = complaint.customer_key OR hold.contact_keys && complaint.contact_keys
                   OR customer.name_key = complaint.customer_key OR customer.contact_keys && complaint.contact_keys))
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The case library puts its texts together from acts and complaints, so the database folds them itself, as
-- `complaints.base.matching.words` does. Searches come through the same function. A test holds the two against each other.

CREATE OR REPLACE FUNCTION library_plain(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(
    -- radicals, and the characters that they stand for
    translate(
        lower(normalize(
            -- characters that nobody sees
            regexp_replace(
                said,
                '[\u0001-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5'
                '\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb'
                '\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+',
                '', 'g'),
            NFKC)),
            '⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳'
            '⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥'
            '⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳㇆㇏㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡戶戸靑黃',
            '厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁'
            '冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼'
            '鸟卤麦黄黾斉齐歯齿竜龙龜亀龟𠃌乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎户户青黄'),
    -- spaces beside Chinese characters, and dots within names
    '(?<=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])[ \t]+'
    '|[ \t]+(?=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])'
    '|(?<=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])'
    '(?:[.]|[·•‧∙⋅・ᆞ᛫ꞏ⸱●]+)(?=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])',
    '', 'g');

-- The pieces as before, rare Chinese characters among them.
CREATE OR REPLACE FUNCTION library_pieces(said text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    run   text;
    signs text[];
    found text[] := '{}';
BEGIN
    FOR run IN SELECT part[1]
        FROM regexp_matches(
            library_plain(said), '[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af]+|[a-z0-9à-öø-ÿ]+', 'g'
        ) AS part
    LOOP
        signs := string_to_array(run, NULL);
        IF run ~ '^[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af]' THEN
            found := found || signs;
            FOR place IN 2..cardinality(signs) LOOP
                found := found || (signs[place - 1] || signs[place]);
            END LOOP;
        ELSE
            found := found || run;
            IF cardinality(signs) > 3 THEN
                FOR place IN 3..cardinality(signs) LOOP
                    found := found || (signs[place - 2] || signs[place - 1] || signs[place]);
                END LOOP;
            END IF;
        END IF;
    END LOOP;
    RETURN found;
END $$;

UPDATE library SET matter = matter;
