<?php
$id = (int) $_GET['id'];
$hasil = mysqli_query($koneksi, "SELECT * FROM warga WHERE id = " . $id);
$perintah = $pdo->prepare("SELECT * FROM warga WHERE nama = ?");
$perintah->execute([$_POST['nama']]);
$baris = DB::select("SELECT * FROM pasar WHERE nama = ?", [$request->input('nama')]);
$lama = $this->db->query("SELECT * FROM lapak WHERE kode = ?", [$this->input->post('kode')]);
$this->db->where('nama', $this->input->get('nama'));
$this->db->where(['nama' => $this->input->get('nama')]);
$this->db->order_by('nama', 'asc');
$urut = Pasar::query()->where('nama', $request->nama)->orderByRaw('kelas desc, nama')->get();
$db->query('DELETE FROM lapak WHERE id = ' . filter_var($_POST['id'], FILTER_VALIDATE_INT));
$tahun = DB::select('SELECT * FROM pbb WHERE tahun = ' . $request->integer('tahun'));
