-- The time at which the server started the last workflow task whose lines are certainly here, written with the cursor.
-- If the last task of a case that the server has committed is another one, the case may have more to say. It is in no
-- journal; NULL makes whoever follows the cases ask this one.
ALTER TABLE complaints ADD COLUMN followed_to timestamptz;
ALTER TABLE rounds ADD COLUMN followed_to timestamptz;
