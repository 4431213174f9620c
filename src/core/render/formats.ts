/** Version of the plan document. */
export const planFormat = 'vonage-gitops.plan/2';
/** Version of the report document. */
export const reportFormat = 'vonage-gitops.report/2';
