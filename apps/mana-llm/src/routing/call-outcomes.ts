import { Injectable } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';

/** How a request to a provider went, as far as it tells something of the provider. */
export interface CallOutcome {
  provider: string;
  /** What is wrong with the provider; undefined: it answered. */
  failure?: string;
}

/** Where routing tells and others hear which providers work: no feature needs to know another. */
@Injectable()
export class CallOutcomes {
  private readonly subject = new Subject<CallOutcome>();

  get outcomes$(): Observable<CallOutcome> {
    return this.subject.asObservable();
  }

  report(outcome: CallOutcome): void {
    this.subject.next(outcome);
  }
}
