package io.lorikeet.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The counts and times of all streams by adapter. Thread-safe. */
final class Ledger {
  private static final int FAULTS_MAX = 10;

  private final Map<String, Account> accounts = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();

  private static final class Account {
    private final List<Long> firsts = new ArrayList<>();
    private final List<Long> gaps = new ArrayList<>();
    private int begun;
    private int good;
    private int bad;
  }

  /**
   * One adapter's numbers.
   *
   * @param lost streams without an end
   * @param firsts nanoseconds from the request to the first text
   * @param gaps nanoseconds between two texts of a stream
   */
  record Line(String adapter, int begun, int good, int bad, int lost, Times firsts, Times gaps) {}

  synchronized void begun(String adapter) {
    account(adapter).begun++;
  }

  synchronized void first(String adapter, long nanos) {
    account(adapter).firsts.add(nanos);
  }

  synchronized void gap(String adapter, long nanos) {
    account(adapter).gaps.add(nanos);
  }

  /**
   * A stream came to its end.
   *
   * @param fault empty where it is as it should be
   */
  synchronized void ended(String adapter, String fault) {
    if (fault.isEmpty()) {
      account(adapter).good++;
      return;
    }
    account(adapter).bad++;
    if (faults.size() < FAULTS_MAX) {
      faults.add(adapter + ": " + fault);
    }
  }

  private Account account(String adapter) {
    return accounts.computeIfAbsent(adapter, _ -> new Account());
  }

  /** All adapters together, then each by name. */
  synchronized List<Line> lines() {
    Account all = new Account();
    List<Line> lines = new ArrayList<>();
    accounts.forEach((adapter, account) -> {
      all.begun += account.begun;
      all.good += account.good;
      all.bad += account.bad;
      all.firsts.addAll(account.firsts);
      all.gaps.addAll(account.gaps);
      lines.add(line(adapter, account));
    });
    lines.addFirst(line("all", all));
    return lines;
  }

  private static Line line(String name, Account account) {
    return new Line(
        name,
        account.begun,
        account.good,
        account.bad,
        account.begun - account.good - account.bad,
        Times.of(account.firsts),
        Times.of(account.gaps));
  }

  /** What went wrong, the first few. */
  synchronized List<String> faults() {
    return List.copyOf(faults);
  }
}
