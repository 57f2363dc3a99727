package org.vmcore.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Things measured one after the other, again and again, so that a machine that is busy for a while
 * is so for all of them. Medians are reported, without the first round, in which Java is cold.
 */
final class SpeedRounds {
  /** One measurement: what it yields are rates, such as bytes per second, or times. */
  interface Measurement extends Supplier<double[]> {}

  private final int rounds;
  private final Map<String, Measurement> measurements = new LinkedHashMap<>();
  private final Map<String, List<double[]>> results = new LinkedHashMap<>();

  SpeedRounds(int rounds) {
    this.rounds = rounds;
  }

  void add(String name, Measurement measurement) {
    measurements.put(name, measurement);
  }

  /** What fails the first time is left out. */
  void run() {
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<String, Measurement> entry : List.copyOf(measurements.entrySet())) {
        String name = entry.getKey();
        System.err.printf("round %d of %d: %s%n", round, rounds, name);
        try {
          double[] numbers = entry.getValue().get();
          if (round > 0) {
            results.computeIfAbsent(name, key -> new ArrayList<>()).add(numbers);
          }
        } catch (UnsupportedOperationException e) {
          System.err.println(e.getMessage());
          measurements.remove(name);
        }
      }
    }
  }

  boolean has(String name) {
    return results.containsKey(name);
  }

  /**
   * The median of one number as a multiple of another. Each round is compared for itself: what
   * slows the machine for a while slows both.
   */
  double ratio(String name, String other, int index) {
    List<double[]> these = results.getOrDefault(name, List.of());
    List<double[]> those = results.getOrDefault(other, List.of());
    double[] ratios = new double[Math.min(these.size(), those.size())];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = these.get(i)[index] / those.get(i)[index];
    }
    return SpeedTable.median(ratios);
  }

  /** The median of the numbers at an index of what a measurement yields. */
  double median(String name, int index) {
    return SpeedTable.median(
        results.getOrDefault(name, List.of()).stream()
            .mapToDouble(numbers -> numbers[index])
            .toArray());
  }
}
