/** Replicas that start together take turns: the key of a PostgreSQL advisory lock, chosen once at random. */
const migrationLock = 4_207_735_081;

/**
 * Run at every start as one implicit transaction. It has no `CREATE INDEX`, which would make a starting replica wait
 * for, and hold up, the payments of those that serve; every index belongs to a constraint.
 *
 * There are no foreign keys: a payment and all that belongs to it are written by one statement and never deleted.
 */
export const migration = `
SELECT pg_advisory_xact_lock(${migrationLock});

CREATE TABLE IF NOT EXISTS payments (
  id                  uuid PRIMARY KEY,
  idempotency_key     text NOT NULL UNIQUE,
  request_fingerprint text NOT NULL,
  first_answer        text NOT NULL,
  status              text NOT NULL CHECK (status IN ('authorized', 'captured', 'refunded')),
  amount              bigint NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000),
  currency            text NOT NULL,
  debtor_account      text NOT NULL,
  creditor_account    text NOT NULL CHECK (creditor_account <> debtor_account),
  reference           text,
  created_at          timestamptz NOT NULL,
  captured_at         timestamptz,
  refunded_at         timestamptz
) WITH (fillfactor = 80);

CREATE TABLE IF NOT EXISTS entries (
  payment_id uuid NOT NULL,
  movement   text NOT NULL CHECK (movement IN ('capture', 'refund')),
  account    text NOT NULL,
  currency   text NOT NULL,
  amount     bigint NOT NULL CHECK (amount <> 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (payment_id, movement, account)
);

-- The limits are Number.MAX_SAFE_INTEGER: a balance is a JSON number.
CREATE TABLE IF NOT EXISTS accounts (
  account  text NOT NULL,
  currency text NOT NULL,
  balance  bigint NOT NULL CONSTRAINT accounts_balance_limit CHECK (balance BETWEEN -9007199254740991 AND 9007199254740991),
  PRIMARY KEY (account, currency)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS outbox (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id   uuid NOT NULL,
  event        text NOT NULL CHECK (event IN ('payment.authorized', 'payment.captured', 'payment.refunded')),
  created_at   timestamptz NOT NULL,
  published_at timestamptz
);
`;
