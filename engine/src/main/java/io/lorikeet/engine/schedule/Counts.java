package io.lorikeet.engine.schedule;

/** What happened since the last report. */
final class Counts {
  int admitted;
  int preempted;
  int prefillRows;
  int sampleRows;
  int tokens;
  int ended;

  boolean anything() {
    return admitted + preempted + prefillRows + sampleRows + tokens + ended > 0;
  }

  StepReport report(StepReport.Outcome outcome) {
    StepReport report =
        new StepReport(outcome, admitted, preempted, prefillRows, sampleRows, tokens, ended);
    admitted = 0;
    preempted = 0;
    prefillRows = 0;
    sampleRows = 0;
    tokens = 0;
    ended = 0;
    return report;
  }
}
