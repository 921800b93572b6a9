/**
 * Runs tasks one at a time, in the order they were given. A task that fails does not stop the lane; its caller gets the error.
 */
export class Lane {
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** How many tasks have not ended yet. */
  get length(): number {
    return this.waiting;
  }

  /** Runs `task` after all tasks given before it. */
  run<T>(task: () => Promise<T>): Promise<T> {
    this.waiting++;
    const result = this.tail.then(task);
    this.tail = result.then(
      () => this.waiting--,
      () => this.waiting--,
    );
    return result;
  }

  /** Resolves when everything given so far has ended. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
