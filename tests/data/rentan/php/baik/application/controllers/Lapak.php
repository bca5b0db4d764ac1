<?php
class Lapak extends CI_Controller
{
    public function lihat()
    {
        $q = $this->db->query("SELECT * FROM lapak WHERE kode = ?", [$this->input->get("kode")]);
        return $q->result();
    }
}
