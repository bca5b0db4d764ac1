app.get("/cari", (req, res) => {
  const pola = new RegExp(escapeRegExp(req.query.cari), "i");
  const tetap = new RegExp("^pasar", "i");
});
