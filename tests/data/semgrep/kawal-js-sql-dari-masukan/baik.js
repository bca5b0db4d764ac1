app.get("/warga", (req, res) => {
  db.query("SELECT * FROM warga WHERE id = ?", [req.query.id], selesai);
  db.query("SELECT * FROM warga LIMIT " + parseInt(req.query.n, 10));
});
app.get("/lapak", async (req, res) => {
  await knex("lapak").orderBy("nama");
  await repo.createQueryBuilder("l").where("l.nama = :nama", { nama: req.query.nama }).getMany();
  await knex("lapak").where({ nama: req.query.nama });
});
