package io.croft;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What of the library a host can name: found by reflection, from its entries on. */
final class PublicApi {

    /** The seams, {@code spi}, are called behind the gate, by the library alone. */
    private static final Set<String> PACKAGES =
            Set.of("io.croft", "io.croft.analytics", "io.croft.audit", "io.croft.content", "io.croft.flags",
                    "io.croft.intake", "io.croft.job", "io.croft.limits", "io.croft.search", "io.croft.testing");

    private PublicApi() {
    }

    /** All public types that can be reached from these by what methods take and give. */
    static Set<Class<?>> reachable(Class<?>... entries) {
        Set<Class<?>> reached = new TreeSet<>(Comparator.comparing(Class::getName));
        Deque<Class<?>> open = new ArrayDeque<>(List.of(entries));
        while (!open.isEmpty()) {
            Class<?> type = open.pop();
            if (PACKAGES.contains(type.getPackageName()) && Modifier.isPublic(type.getModifiers())
                    && reached.add(type)) {
                open.addAll(List.of(type.getClasses()));
                open.addAll(List.of(type.getInterfaces()));
                for (Method method : type.getMethods()) {
                    named(method.getGenericReturnType(), open);
                    Arrays.stream(method.getGenericParameterTypes()).forEach(one -> named(one, open));
                }
                if (type.isSealed()) {
                    open.addAll(List.of(type.getPermittedSubclasses()));
                }
            }
        }
        return reached;
    }

    private static void named(Type type, Deque<Class<?>> into) {
        switch (type) {
            case Class<?> plain -> into.push(plain.isArray() ? plain.getComponentType() : plain);
            case ParameterizedType generic -> {
                named(generic.getRawType(), into);
                Arrays.stream(generic.getActualTypeArguments()).forEach(one -> named(one, into));
            }
            case GenericArrayType array -> named(array.getGenericComponentType(), into);
            case WildcardType wildcard -> Arrays.stream(wildcard.getUpperBounds()).forEach(one -> named(one, into));
            case TypeVariable<?> variable -> {
                // its bounds are named where it is declared
            }
            default -> throw new AssertionError("an unknown kind of type: " + type);
        }
    }

    /** What can be called on something of this type, without what every object has. */
    static List<Method> methods(Class<?> type) {
        return Arrays.stream(type.getMethods())
                .filter(method -> method.getDeclaringClass() != Object.class && !method.isBridge())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .sorted(Comparator.comparing(PublicApi::name)).toList();
    }

    /** Its name and what it takes, without packages. */
    static String name(Method method) {
        return method.getName() + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    /** The public types that an object is to a host. */
    static List<Class<?>> publicTypes(Object part, Set<Class<?>> api) {
        if (api.contains(part.getClass())) {
            return List.of(part.getClass());
        }
        return Arrays.stream(part.getClass().getInterfaces()).filter(api::contains).toList();
    }
}
