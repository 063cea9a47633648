package io.croft.pg;

import io.croft.InvalidInputException;
import io.croft.Secret;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.SecretStore;
import java.util.Optional;
import java.util.regex.Pattern;

/** Secrets, made by the database when they are first asked for. */
final class PgSecretStore implements SecretStore {

    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]{1,64}");

    private final Transactions transactions;

    PgSecretStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public Secret secret(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidInputException("a secret's name must be 1 to 64 of a-z, 0-9, - and _");
        }
        Optional<Secret> known = transactions.query(Access.admin(), SecretSql.FIND, p -> p.text(name),
                Rows.first(row -> Secret.of(row.getBytes("value"))));
        if (known.isPresent()) {
            return known.get();
        }
        transactions.update(Access.admin(), SecretSql.MAKE, p -> p.text(name));
        return transactions.query(Access.admin(), SecretSql.FIND, p -> p.text(name),
                Rows.one(row -> Secret.of(row.getBytes("value"))));
    }
}
