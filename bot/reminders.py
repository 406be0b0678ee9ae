"""When reminders are said: APScheduler asks every quarter of an hour of a working day.

Which reminder is due and whether it was said is decided in ``casework.desk.reminders``: a run that was missed is caught
up at the next quarter, and a run that two processes make at once says everything once. The schedule itself is in
memory: APScheduler keeps its jobs as pickles, and who could write such a file could run code here.
"""

from __future__ import annotations

from datetime import datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.logs import turn_log
from bot.settings import Settings
from casework.desk.reminders import remind
from casework.shared import shared_accounts, shared_tasks
from storage.settings import LUOYANG

JOB = "reminders"
MISSED_SECONDS = 12 * 3600
# Where the schedule was kept by earlier versions.
EARLIER = "schedule.db"


def remind_now(settings: Settings) -> None:
    """One run."""
    said = remind(shared_accounts(settings), shared_tasks(settings), datetime.now(LUOYANG), settings.today)
    if said:
        turn_log.info("reminded", notices=said)


def schedule_reminders(settings: Settings) -> BackgroundScheduler:
    """Start the scheduler of this process; several may share one data folder."""
    (settings.data_dir / EARLIER).unlink(missing_ok=True)
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone=LUOYANG)
    scheduler.add_job(
        remind_now,
        CronTrigger(day_of_week="mon-fri", hour="9-17", minute="*/15", timezone=LUOYANG),
        args=[settings],
        id=JOB,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=MISSED_SECONDS,
    )
    scheduler.start()
    return scheduler
