"""What a run shows on the screen: stages, named after the files of rules/, instead of single jobs.

Snakemake's log file has every job. Whoever tells Snakemake what to print (-p, --verbose, --quiet, --logger) gets that.
"""

import logging

from tde.workflow.progress.run_display import show_stages
from tde.workflow.progress.tally import PlannedJob, past_seconds


def planned_jobs():
    """All jobs of the run that make anything, in the order of the stages."""
    order = {rule.name: place for place, rule in enumerate(workflow.rules)}
    jobs = [job for job in workflow.dag.needrun_jobs() if not job.rule.norun]
    return [
        PlannedJob(
            job.jobid,
            job.rule.name,
            Path(job.rule.snakefile).stem,
            job.threads,
            past_seconds(job.benchmark),
        )
        for job in sorted(jobs, key=lambda job: order[job.rule.name])
    ]


def user_decides(output):
    """Whether the command line says what is to be printed."""
    return any(
        [
            output.dryrun,
            output.quiet,
            output.verbose,
            output.printshellcmds,
            output.debug_dag,
            output.log_handler_settings,
        ]
    )


if workflow.is_main_process and workflow.modifier.is_main_snakefile():
    if not user_decides(workflow.output_settings):
        show_stages(logging.getLogger("snakemake.logging"), planned_jobs)
