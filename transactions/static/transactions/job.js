/* The bar of a job's page: asks every two seconds how far the job is, until it has ended. */
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector("[data-job-progress]");
  if (!box || box.dataset.jobOpen !== "true") {
    return;
  }
  const part = (name) => box.querySelector(`[data-job-${name}]`);

  const show = (job) => {
    part("status").firstElementChild.textContent = job.status;
    part("text").textContent = job.text;
    part("note").textContent = job.note;
    part("note").hidden = !job.note;
    if (job.percent !== null) {
      part("bar").style.width = `${job.percent}%`;
      part("percent").textContent = `${job.percent}%`;
    }
  };

  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.jobProgress, { cache: "no-store" });
      if (answer.redirected || answer.status === 403 || answer.status === 404) {
        window.location.reload(); // logged out, or no longer of this unit
        return;
      }
      if (answer.ok) {
        const job = await answer.json();
        show(job);
        if (!job.is_open) {
          window.location.reload(); // with what was refused, and the next steps
          return;
        }
      }
    } catch {
      // The server is away for a moment: ask again.
    }
    window.setTimeout(ask, 2000);
  };
  window.setTimeout(ask, 1000);
});
