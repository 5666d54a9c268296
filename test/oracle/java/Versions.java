// A range of versions as Kafka's definitions write it: "3-7", "4+", "2" or "none".

final class Versions {
    private final int first;
    private final int last;

    private Versions(int first, int last) {
        this.first = first;
        this.last = last;
    }

    static Versions of(String text) {
        if (text.equals("none")) return new Versions(1, 0);
        if (text.endsWith("+")) {
            return new Versions(Integer.parseInt(text.replace("+", "")), Integer.MAX_VALUE);
        }
        String[] bounds = text.split("-");
        return new Versions(
            Integer.parseInt(bounds[0]), Integer.parseInt(bounds[bounds.length - 1]));
    }

    boolean hold(int version) {
        return first <= version && version <= last;
    }
}
