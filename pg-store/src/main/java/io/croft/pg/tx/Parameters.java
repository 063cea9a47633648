package io.croft.pg.tx;

import io.croft.OrgId;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a statement, set from left to right. Every one is sent with its type, which spares the driver a
 * question to the server.
 */
public final class Parameters {

    private final PreparedStatement statement;
    private int index;

    Parameters(PreparedStatement statement) {
        this.statement = statement;
    }

    public Parameters org(OrgId org) throws SQLException {
        return uuid(org.value());
    }

    public Parameters uuid(UUID value) throws SQLException {
        statement.setObject(++index, value);
        return this;
    }

    public Parameters text(@Nullable String value) throws SQLException {
        if (value == null) {
            statement.setNull(++index, Types.VARCHAR);
        } else {
            statement.setString(++index, value);
        }
        return this;
    }

    public Parameters bytes(byte[] value) throws SQLException {
        statement.setBytes(++index, value);
        return this;
    }

    public Parameters int4(int value) throws SQLException {
        statement.setInt(++index, value);
        return this;
    }

    public Parameters int8(long value) throws SQLException {
        statement.setLong(++index, value);
        return this;
    }

    public Parameters float4(float value) throws SQLException {
        statement.setFloat(++index, value);
        return this;
    }

    public Parameters float8(double value) throws SQLException {
        statement.setDouble(++index, value);
        return this;
    }

    /** A number or none. */
    public Parameters float8(OptionalDouble value) throws SQLException {
        if (value.isEmpty()) {
            statement.setNull(++index, Types.DOUBLE);
            return this;
        }
        return float8(value.getAsDouble());
    }

    /** A number or none. */
    public Parameters int4(OptionalInt value) throws SQLException {
        if (value.isEmpty()) {
            statement.setNull(++index, Types.INTEGER);
            return this;
        }
        return int4(value.getAsInt());
    }

    public Parameters bool(boolean value) throws SQLException {
        statement.setBoolean(++index, value);
        return this;
    }

    public Parameters time(@Nullable Instant value) throws SQLException {
        if (value == null) {
            statement.setNull(++index, Types.TIMESTAMP_WITH_TIMEZONE);
        } else {
            statement.setObject(++index, value.atOffset(ZoneOffset.UTC));
        }
        return this;
    }

    public Parameters date(LocalDate value) throws SQLException {
        statement.setObject(++index, value);
        return this;
    }

    /** An array of any SQL type; elements may be null. */
    public <E> Parameters array(String type, List<E> elements, Function<? super E, ? extends @Nullable Object> value)
            throws SQLException {
        @Nullable
        Object[] values = new @Nullable Object[elements.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(elements.get(i));
        }
        statement.setArray(++index, statement.getConnection().createArrayOf(type, values));
        return this;
    }

    /** An array whose elements may be null; null itself if all of them are, which is much less to send. */
    public <E> Parameters arrayOrNull(String type, List<E> elements,
            Function<? super E, ? extends @Nullable Object> value) throws SQLException {
        for (E element : elements) {
            if (value.apply(element) != null) {
                return array(type, elements, value);
            }
        }
        statement.setNull(++index, Types.ARRAY, "_" + type);
        return this;
    }

    public Parameters texts(List<? extends @Nullable String> values) throws SQLException {
        statement.setArray(++index,
                statement.getConnection().createArrayOf("text", values.toArray(new @Nullable String[0])));
        return this;
    }

    /** An array, or null. */
    public Parameters textsOrNull(@Nullable List<String> values) throws SQLException {
        if (values == null) {
            statement.setNull(++index, Types.ARRAY, "_text");
            return this;
        }
        return texts(values);
    }

    public Parameters uuids(List<UUID> values) throws SQLException {
        return array("uuid", values, value -> value);
    }

    public Parameters int8s(long... values) throws SQLException {
        statement.setArray(++index, statement.getConnection().createArrayOf("int8", box(values)));
        return this;
    }

    public Parameters byteas(byte[][] values) throws SQLException {
        statement.setArray(++index, statement.getConnection().createArrayOf("bytea", values));
        return this;
    }

    private static Long[] box(long[] values) {
        Long[] boxed = new Long[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return boxed;
    }
}
