app.get("/warga", (req, res) => {
  db.query("SELECT * FROM warga WHERE id = ?", [req.query.id], selesai);
  db.query("SELECT * FROM warga LIMIT " + parseInt(req.query.n, 10));
});
