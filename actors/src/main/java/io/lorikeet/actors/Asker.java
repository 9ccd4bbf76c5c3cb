package io.lorikeet.actors;

/** For whom an adapter is resolved. */
sealed interface Asker<H> {
  H holder();

  /** A request that runs with the adapter. */
  record Itself<H>(H holder) implements Asker<H> {}

  /** A request that runs with a merge of the adapter and others. */
  record ForMerge<H>(MergeRequest<H> merge) implements Asker<H> {
    @Override
    public H holder() {
      return merge.holder;
    }
  }
}
