/** What one who waits hears when another server of its provider has a place for it. */
export class CalledAway extends Error {
  override readonly name = 'CalledAway';

  constructor() {
    super('Another server has a place.');
  }
}
