package io.croft.pg.tx;

import java.util.Locale;

/** The roles that transactions run as; {@code roles.sql} says what each may do. */
public enum DbRole {
    OWNER, APP, INDEX, ADMIN, WORKER;

    /**
     * How its prepared statements are planned. A follower reads what is new of a long log: only a plan that knows where
     * that begins finds it by the index.
     */
    String planCacheMode() {
        return this == INDEX ? "force_custom_plan" : "auto";
    }

    /** Its name in the database: roles belong to a whole cluster, so they are named after the schema. */
    public String in(Schema schema) {
        return schema.name() + "_" + name().toLowerCase(Locale.ROOT);
    }
}
