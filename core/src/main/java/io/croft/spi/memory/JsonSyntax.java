package io.croft.spi.memory;

/** Whether a text is JSON (RFC 8259), and not nested too deep. Used once. */
final class JsonSyntax {

    private static final int MAX_DEPTH = 500;

    private final String text;
    private int at;
    private int depth;

    private JsonSyntax(String text) {
        this.text = text;
    }

    static boolean isObject(String text) {
        JsonSyntax json = new JsonSyntax(text);
        json.space();
        return json.peek() == '{' && isValue(text);
    }

    static boolean isValue(String text) {
        JsonSyntax json = new JsonSyntax(text);
        return json.value() && json.at == text.length();
    }

    /** The next character, or 0 at the end. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private boolean take(char c) {
        if (peek() != c || at >= text.length()) {
            return false;
        }
        at++;
        return true;
    }

    private boolean take(String word) {
        if (!text.startsWith(word, at)) {
            return false;
        }
        at += word.length();
        return true;
    }

    private void space() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
            at++;
        }
    }

    private boolean value() {
        space();
        boolean valid = switch (peek()) {
            case '{' -> members('{', '}');
            case '[' -> members('[', ']');
            case '"' -> string();
            case 't' -> take("true");
            case 'f' -> take("false");
            case 'n' -> take("null");
            default -> number();
        };
        space();
        return valid;
    }

    private boolean members(char open, char close) {
        depth++;
        boolean valid = depth <= MAX_DEPTH && content(open, close);
        depth--;
        return valid;
    }

    private boolean content(char open, char close) {
        take(open);
        space();
        if (take(close)) {
            return true;
        }
        do {
            space();
            if (open == '{' && !(string() && colon())) {
                return false;
            }
            if (!value()) {
                return false;
            }
        } while (take(','));
        return take(close);
    }

    private boolean colon() {
        space();
        return take(':');
    }

    private boolean string() {
        if (!take('"')) {
            return false;
        }
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return true;
            }
            if (c < ' ' || (c == '\\' && !escape())) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        char c = peek();
        at++;
        if (c != 'u') {
            return c != 0 && "\"\\/bfnrt".indexOf(c) >= 0;
        }
        for (int i = 0; i < 4; i++) {
            if (Character.digit(peek(), 16) < 0) {
                return false;
            }
            at++;
        }
        return true;
    }

    private boolean number() {
        take('-');
        if (!take('0') && !digits()) {
            return false;
        }
        if (take('.') && !digits()) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        return at > start;
    }
}
