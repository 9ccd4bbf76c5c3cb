package io.lorikeet.engine.schedule;

/**
 * Counts for metrics and {@code /info}. Free, used and retiring blocks add up to all blocks.
 *
 * @param running sequences with a seat
 * @param waiting sequences that wait for their first seat
 * @param preempted sequences that wait for a seat again
 * @param waitingAdapter those of the waiting whose adapter is not in a slot yet
 * @param withoutCredit sequences that stand still for want of credit
 * @param slotsResident slots that hold an adapter
 * @param slotsPaging slots that wait for their image
 * @param stepsInFlight submitted and not taken
 * @param lost the executor is lost and not rebuilt yet
 */
public record LoopState(
    int running,
    int waiting,
    int preempted,
    int waitingAdapter,
    int withoutCredit,
    int blocksTotal,
    int blocksFree,
    int blocksUsed,
    int blocksRetiring,
    int seats,
    int slots,
    int slotsResident,
    int slotsPaging,
    int stepsInFlight,
    boolean lost) {}
